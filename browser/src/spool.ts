import type { EncodedBatch, Spool, SpoolWanted } from '@agentops/shared';
import { readSaved, saveNow, type Key } from './last-words.js';

/** One for the origin, whatever the backends. */
const DATABASE = 'agentops';
const STORE = 'batches';

/**
 * How long one page may take to deliver what it has taken; one that dies holds it up for no longer. Not a Web Lock: a page that holds
 * one is kept out of the back/forward cache.
 */
const LEASE_MS = 60_000;

/** Of all that the origin keeps; the oldest goes first. */
const MAX_BYTES = 10_000_000;

const MAX_AGE_MS = 48 * 3_600_000;

type Keyed = [batch: EncodedBatch, key: Key, taken: Key | undefined];

interface Shelf {
  readonly name: string;
  readonly tally: SpoolWanted['tally'];
  readonly connection: ReturnType<typeof createConnection>;
  readonly taken: WeakMap<EncodedBatch, Key>;
  /** What `tally.kept` counts. */
  readonly own: Map<string, number>;
  /** What the database has not confirmed. */
  readonly writes: Set<Write>;
}

interface Write {
  readonly fresh: readonly Keyed[];
  saved?: ReturnType<typeof saveNow>;
}

/** Keeps batches in IndexedDB. Where that is denied, full or gone, they stay in memory. */
export function createPageSpool({ backend: { name }, tally }: SpoolWanted): Spool<EncodedBatch> {
  const connection = createConnection();
  const shelf: Shelf = { name, tally, connection, taken: new WeakMap(), own: new Map(), writes: new Set() };
  let abandon = () => {};
  let isLeft = false;
  // What a page takes while it closes, nobody gets for as long as the lease lasts. And Firefox does not tell a page that was in the
  // back/forward cache what the database did meanwhile.
  const onPageHide = () => {
    isLeft = true;
    for (const write of shelf.writes) save(write).handOver();
    abandon();
    if (!connection.database) connection.close();
  };
  const onPageShow = () => {
    isLeft = false;
  };
  addEventListener('pagehide', onPageHide);
  addEventListener('pageshow', onPageShow);
  return {
    lends: true,
    get isReady() {
      // A hidden page takes nothing back.
      return Boolean(connection.database) && !isHidden();
    },
    keep: batches => attempt(() => keep(shelf, batches, isLeft), batches),
    take: () =>
      attempt(async () => {
        if (isLeft) return undefined;
        let transaction: IDBTransaction | undefined;
        const abandoned = new Promise<undefined>(resolve => {
          abandon = () => {
            resolve(undefined);
            void attempt(async () => transaction?.abort(), undefined);
          };
        });
        return Promise.race([take(shelf, begun => (transaction = begun)), abandoned]);
      }, undefined),
    settled(batch) {
      const key = shelf.taken.get(batch);
      if (key) void attempt(async () => openStore(await connection.open()).delete(key), undefined);
    },
    close: () =>
      attempt(async () => {
        removeEventListener('pagehide', onPageHide);
        removeEventListener('pageshow', onPageShow);
        connection.close();
      }, undefined),
  };
}

async function keep(
  { name, connection, taken, own, writes }: Shelf,
  batches: readonly EncodedBatch[],
  isLeft: boolean,
): Promise<EncodedBatch[]> {
  const now = Date.now();
  const keyed = batches.map((batch): Keyed => {
    const old = taken.get(batch);
    return [batch, [name, 0, old?.[2] ?? now, batch.bytes, batch.count, batch.id], old];
  });
  // What was taken is still there.
  const write: Write = { fresh: keyed.filter(([, , old]) => !old) };
  writes.add(write);
  if (isLeft || isHidden()) save(write);
  try {
    // Without a turn in between where that is possible: it may be the page's last.
    const store = openStore(connection.database ?? (await connection.open()));
    const done = putAll(store, keyed);
    // Whoever comes to the database from now on finds them there, whether this page hears of it or not.
    write.saved?.handOver();
    for (const { id, count } of batches) own.set(id, count);
    await done;
  } catch (error) {
    for (const { id } of batches) own.delete(id);
    throw error;
  } finally {
    writes.delete(write);
    write.saved?.forget();
  }
  return [];
}

function save(write: Write): ReturnType<typeof saveNow> {
  return (write.saved ??= saveNow(write.fresh));
}

async function take(shelf: Shelf, onBegin: (transaction: IDBTransaction) => void): Promise<EncodedBatch | undefined> {
  const { name, tally, connection, taken, own } = shelf;
  // Also where the database never opens: the room in localStorage is the app's.
  for (const { key, forget } of readSaved())
    if (key[0] === name && isExpired(key)) {
      forget();
      tally.drop('expired', key[4]);
    }
  const database = await connection.open();
  // What a hidden page takes it may take along: it can be gone without another event.
  if (isHidden()) return undefined;
  const kept = [...own];
  const saved = readSaved();
  const store = openStore(database);
  onBegin(store.transaction);
  await takeIn(store, saved);
  const keys = await clear(store, shelf, kept);
  const now = Date.now();
  const key = keys.find(each => each[0] === name && isFree(each, now));
  if (!key) return undefined;
  const [, , storedAt, bytes, count, id] = key;
  const batch = { id, count, bytes, body: await result(store.get(key)) };
  const leased: Key = [name, now + LEASE_MS, storedAt, bytes, count, id];
  store.delete(key);
  store.put(batch.body, leased);
  await committed(store);
  taken.set(batch, leased);
  if (!own.delete(id)) tally.kept += count;
  return batch;
}

/** Removes what is too old or too much; returns the rest. */
async function clear(store: IDBObjectStore, { own, tally }: Shelf, kept: [string, number][]): Promise<Key[]> {
  const keys = (await result(store.getAllKeys())) as Key[];
  const ids = new Set(keys.map(([, , , , , id]) => id));
  // Another page has taken it.
  for (const [id, count] of kept) if (!ids.has(id) && own.delete(id)) tally.kept -= count;
  const superfluous = new Map(findSuperfluous(keys));
  for (const [key, cause] of superfluous) {
    const [, , , , count, id] = key;
    store.delete(key);
    if (own.delete(id)) tally.kept -= count;
    tally.drop(cause, count);
  }
  return keys.filter(key => !superfluous.has(key));
}

function putAll(store: IDBObjectStore, keyed: readonly Keyed[]): Promise<void> {
  for (const [{ body }, key, taken] of keyed) {
    if (taken) store.delete(taken);
    store.put(body, key);
  }
  store.transaction.commit();
  return committed(store);
}

/** Within a transaction, of which there is one at a time for all tabs: so only one takes it in. */
async function takeIn(store: IDBObjectStore, saved: ReturnType<typeof readSaved>): Promise<void> {
  await result(store.count());
  for (const { key, read, forget } of saved) {
    const body = read();
    if (body) await result(store.put(body, key));
    forget();
  }
}

/** A lease that lasts for longer was granted before somebody put the clock back. */
function isFree([, leaseUntil]: Key, now: number): boolean {
  return leaseUntil <= now || leaseUntil > now + LEASE_MS;
}

function isExpired([, , storedAt]: Key): boolean {
  return storedAt < Date.now() - MAX_AGE_MS;
}

function isHidden(): boolean {
  return document.visibilityState === 'hidden';
}

async function attempt<T, F>(work: () => Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await work();
  } catch {
    return fallback;
  }
}

/** With the cause for which they go. */
function findSuperfluous(keys: readonly Key[]): [Key, cause: string][] {
  let total = 0;
  return [...keys]
    .sort(([, , a], [, , b]) => b - a)
    .flatMap((key): [Key, string][] => {
      if (isExpired(key)) return [[key, 'expired']];
      total += key[3];
      return total > MAX_BYTES ? [[key, 'spool-full']] : [];
    });
}

/** Opened at the start of the page: a page that is being left has no time for it. */
function createConnection() {
  let opening: Promise<IDBDatabase> | undefined;
  const connection = {
    database: undefined as IDBDatabase | undefined,
    open: () => (opening ??= open()),
    close() {
      connection.database?.close();
      connection.database = opening = undefined;
    },
  };
  const open = async () => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    const database = await result(request);
    // Whoever wants to delete or upgrade it is not held up.
    database.onversionchange = database.onclose = connection.close;
    return (connection.database = database);
  };
  return connection;
}

function openStore(database: IDBDatabase): IDBObjectStore {
  return database.transaction(STORE, 'readwrite').objectStore(STORE);
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = reject;
  });
}

/** Resolves when all of it has happened; rejects when none of it has. */
function committed({ transaction }: IDBObjectStore): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = reject;
  });
}
