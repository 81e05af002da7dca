import type { EncodedBatch } from '@agentops/shared';

const PREFIX = 'agentops.batch.';

/** This page is about to put them into the database itself. */
const underWay = new Set<string>();

interface Saved {
  readonly key: IDBValidKey;
  readonly body: Uint8Array;
  forget(): void;
}

/**
 * Keeps batches in localStorage until they are in the database: Chromium aborts what is not committed when the page ends, and has not
 * opened the database in the page's first moments. Not localStorage alone: Firefox loses what is written to it at the very end.
 */
export function saveNow(
  batches: readonly (readonly [batch: EncodedBatch, key: IDBValidKey, ...unknown[]])[],
): () => void {
  const saved: string[] = [];
  try {
    for (const [{ body }, key] of batches) {
      const name = PREFIX + JSON.stringify(key);
      localStorage.setItem(name, new TextDecoder().decode(body));
      underWay.add(name);
      saved.push(name);
    }
  } catch {
    // Denied or full: the database may still do.
  }
  return () => saved.forEach(forget);
}

export function readSaved(): Saved[] {
  try {
    return Object.keys(localStorage).flatMap(name =>
      name.startsWith(PREFIX) && !underWay.has(name) ? [read(name)] : [],
    );
  } catch {
    return [];
  }
}

function read(name: string): Saved {
  return {
    key: JSON.parse(name.slice(PREFIX.length)) as IDBValidKey,
    body: new TextEncoder().encode(localStorage.getItem(name) ?? ''),
    forget: () => forget(name),
  };
}

function forget(name: string): void {
  underWay.delete(name);
  localStorage.removeItem(name);
}
