import type { EncodedBatch, Spool, SpoolWanted } from '@agentops/shared';
import { readSaved, saveNow } from './last-words.js';

/** One for the origin, whatever the backends. */
const DATABASE = 'agentops';
const STORE = 'batches';

/**
 * How long one page may take to deliver what it has taken; one that dies holds it up for no longer. Not a Web Lock: a page that holds
 * one is kept out of the back/forward cache.
 */
const LEASE_MS = 60_000;

/** Until what was taken in vain may be taken again. */
const RETRY_MS = 5_000;

/** Of all that the origin keeps; the oldest goes first. */
const MAX_BYTES = 5_000_000;

const MAX_AGE_MS = 48 * 3_600_000;

/** All that there is to know of a batch without reading its body. */
type Key = [backend: string, leaseUntil: number, storedAt: number, bytes: number, count: number, id: string];

type Keyed = [batch: EncodedBatch, key: Key, taken: Key | undefined];

/** Keeps batches in IndexedDB. Where that is denied, full or gone, they stay in memory. */
export function createPageSpool({ backend: { name }, tally }: SpoolWanted): Spool<EncodedBatch> {
  const connection = createConnection();
  const taken = new WeakMap<EncodedBatch, Key>();
  /** What `tally.kept` counts. */
  const own = new Set<string>();

  return {
    lends: true,

    keep: batches =>
      attempt(async () => {
        const now = Date.now();
        const keyed = batches.map((batch): Keyed => {
          const old = taken.get(batch);
          return [batch, [name, old ? now + RETRY_MS : 0, old?.[2] ?? now, batch.bytes, batch.count, batch.id], old];
        });
        // What was taken is still there.
        const forget = saveNow(keyed.filter(([, , old]) => !old));
        try {
          // Without a turn in between where that is possible: it may be the page's last.
          const store = openStore(connection.database ?? (await connection.open()));
          await putAll(store, keyed);
        } finally {
          forget();
        }
        for (const { id } of batches) own.add(id);
        return [];
      }, batches),

    take: () =>
      attempt(async () => {
        const database = await connection.open();
        // What a hidden page takes it may take along: it can be gone without another event.
        if (document.visibilityState === 'hidden') return undefined;
        const store = openStore(database);
        await takeIn(store);
        for (const [key, cause] of findSuperfluous((await result(store.getAllKeys())) as Key[])) {
          const [, , , , count, id] = key;
          store.delete(key);
          if (own.delete(id)) tally.kept -= count;
          tally.drop(cause, count);
        }
        const now = Date.now();
        const [key] = (await result(store.getAllKeys(IDBKeyRange.bound([name], [name, now])))) as Key[];
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
      }, undefined),

    settled(batch) {
      const key = taken.get(batch);
      if (key) void attempt(async () => openStore(await connection.open()).delete(key), undefined);
    },

    close: () => attempt(async () => connection.close(), undefined),
  };
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
async function takeIn(store: IDBObjectStore): Promise<void> {
  await result(store.count());
  for (const { key, body, forget } of readSaved()) {
    await result(store.put(body, key));
    forget();
  }
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
  const expiredAt = Date.now() - MAX_AGE_MS;
  let total = 0;
  return [...keys]
    .sort(([, , a], [, , b]) => b - a)
    .flatMap((key): [Key, string][] => {
      const [, , storedAt, bytes] = key;
      if (storedAt < expiredAt) return [[key, 'expired']];
      total += bytes;
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
