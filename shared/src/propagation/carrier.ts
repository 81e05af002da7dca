import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';

/*
 * Reads and writes header carriers of every shape people pass: `Headers` (and anything with `get`/`set`/`delete`, such as a
 * `Map`), plain objects in any letter case, Node's `headers` and `headersDistinct`, flat `rawHeaders` arrays, arrays of pairs.
 * Carriers may be hostile or frozen: a fault in one costs its header, never the request.
 */

interface HeadersLike {
  get(name: string): unknown;
  set(name: string, value: string): unknown;
  delete(name: string): unknown;
  forEach(callback: (value: unknown, name: string) => void): void;
}

/** Reads every value of a header, in order. */
export const carrierGetter: TextMapGetter<unknown> = {
  keys: carrier => attempt(() => names(carrier)) ?? [],
  get: (carrier, name) => attempt(() => read(carrier, name.toLowerCase())),
};

/** Replaces a header, whatever the letter case it stands in. */
export const carrierSetter: TextMapSetter<unknown> = {
  set: (carrier, name, value) => void attempt(() => write(carrier, name, value)),
};

/** Removes headers, whatever their letter case. */
export function deleteHeaders(carrier: unknown, unwanted: readonly string[]): void {
  for (const name of unwanted) attempt(() => remove(carrier, name));
}

function read(carrier: unknown, name: string): string | string[] | undefined {
  const values = entriesOf(carrier)
    .filter(([key]) => key.toLowerCase() === name)
    .flatMap(([, value]) => toStrings(value));
  return values.length > 1 ? values : values[0];
}

function names(carrier: unknown): string[] {
  return entriesOf(carrier).map(([key]) => key.toLowerCase());
}

function entriesOf(carrier: unknown): [string, unknown][] {
  if (typeof carrier !== 'object' || carrier === null) return [];
  if (Array.isArray(carrier)) return pairsOf(carrier);
  if (!isHeadersLike(carrier)) return Object.keys(carrier).map(key => [key, valueAt(carrier, key)]);
  const entries: [string, unknown][] = [];
  carrier.forEach((value, name) => typeof name === 'string' && entries.push([name, value]));
  return entries;
}

function valueAt(carrier: object, key: string): unknown {
  return attempt(() => (carrier as Record<string, unknown>)[key]);
}

/** `[['b3', '0']]` or `['b3', '0']`. */
function pairsOf(list: unknown[]): [string, unknown][] {
  const pairs: [string, unknown][] = [];
  const flat = typeof list[0] === 'string';
  for (let i = 0; i < list.length; i += flat ? 2 : 1) {
    const [name, value] = flat ? [list[i], list[i + 1]] : Array.isArray(list[i]) ? (list[i] as unknown[]) : [];
    if (typeof name === 'string') pairs.push([name, value]);
  }
  return pairs;
}

function write(carrier: unknown, name: string, value: string): void {
  if (typeof carrier !== 'object' || carrier === null) return;
  if (isHeadersLike(carrier)) {
    remove(carrier, name);
    carrier.set(name, value);
  } else if (Array.isArray(carrier)) {
    const flat = typeof carrier[0] === 'string' || carrier.length === 0;
    remove(carrier, name);
    carrier.push(...(flat ? [name, value] : [[name, value]]));
  } else {
    const key = Object.keys(carrier).find(existing => existing.toLowerCase() === name) ?? name;
    (carrier as Record<string, unknown>)[key] = value;
  }
}

function remove(carrier: unknown, name: string): void {
  if (typeof carrier !== 'object' || carrier === null) return;
  if (Array.isArray(carrier)) return removeFromList(carrier, name);
  const standing = names(carrier).includes(name);
  if (!standing) return;
  const keys = entriesOf(carrier)
    .map(([key]) => key)
    .filter(key => key.toLowerCase() === name);
  for (const key of keys) {
    if (isHeadersLike(carrier)) carrier.delete(key);
    else delete (carrier as Record<string, unknown>)[key];
  }
}

function removeFromList(list: unknown[], name: string): void {
  const flat = typeof list[0] === 'string';
  const step = flat ? 2 : 1;
  for (let i = list.length - step; i >= 0; i -= step) {
    const key = flat ? list[i] : (list[i] as unknown[] | undefined)?.[0];
    if (typeof key === 'string' && key.toLowerCase() === name) list.splice(i, step);
  }
}

function toStrings(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter(item => typeof item === 'string');
  return typeof value === 'string' ? [value] : [];
}

function isHeadersLike(carrier: object): carrier is HeadersLike {
  const { get, set, delete: del, forEach } = carrier as Partial<HeadersLike>;
  return [get, set, del, forEach].every(method => typeof method === 'function');
}

function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
