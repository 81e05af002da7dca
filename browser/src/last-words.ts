import type { EncodedBatch } from '@agentops/shared';

const PREFIX = 'agentops.batch.';

/** Of the 5 MB that all of an origin share: the app may have something to save in the same moment. */
const MAX_BYTES = 1_000_000;

/** All that there is to know of a batch without reading its body. */
export type Key = [backend: string, leaseUntil: number, storedAt: number, bytes: number, count: number, id: string];

/** This page is about to put them into the database itself. */
const underWay = new Set<string>();

interface Saved {
  readonly key: Key;
  /** `undefined` when it is no longer there. */
  read(): Uint8Array | undefined;
  forget(): void;
}

/**
 * Keeps batches in localStorage until they are in the database: Chromium aborts what is not committed when the page ends, and has not
 * opened the database in the page's first moments. Not localStorage alone: Firefox loses what is written to it at the very end.
 */
export function saveNow(batches: readonly (readonly [batch: EncodedBatch, key: Key, ...unknown[]])[]) {
  const names: string[] = [];
  try {
    let room = MAX_BYTES;
    for (const name of savedNames()) room -= keyOf(name)[3];
    for (const [{ body, bytes }, key] of batches) {
      if ((room -= bytes) < 0) break;
      const name = PREFIX + JSON.stringify(key);
      localStorage.setItem(name, new TextDecoder().decode(body));
      underWay.add(name);
      names.push(name);
    }
  } catch {
    // Denied or full: the database may still do.
  }
  return {
    /** The database has been told. */
    handOver: () => names.forEach(name => underWay.delete(name)),
    forget: () => names.forEach(forget),
  };
}

export function readSaved(): Saved[] {
  try {
    return savedNames().flatMap(name => (underWay.has(name) ? [] : [toSaved(name)]));
  } catch {
    return [];
  }
}

function savedNames(): string[] {
  return Object.keys(localStorage).filter(name => name.startsWith(PREFIX));
}

function toSaved(name: string): Saved {
  return {
    key: keyOf(name),
    read() {
      const text = localStorage.getItem(name);
      return text === null ? undefined : new TextEncoder().encode(text);
    },
    forget: () => forget(name),
  };
}

function keyOf(name: string): Key {
  return JSON.parse(name.slice(PREFIX.length)) as Key;
}

function forget(name: string): void {
  underWay.delete(name);
  localStorage.removeItem(name);
}
