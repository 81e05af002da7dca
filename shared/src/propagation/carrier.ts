import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';

/*
 * Reads and writes header carriers of every shape people pass: `Headers` (and anything with its methods, such as a `Map`), plain objects in
 * any letter case, Node's `headers` and `headersDistinct`, flat `rawHeaders` lists, lists of pairs. Carriers may be hostile or
 * frozen: a fault in one costs its header, never the request. Names are in lower case throughout.
 */

interface HeadersLike {
  get(name: string): unknown;
  set(name: string, value: string): unknown;
  delete(name: string): unknown;
  forEach(callback: (value: unknown, name: unknown) => void): void;
}

type PlainHeaders = Record<string, unknown>;

/** Reads every value of a header, in order. */
export const carrierGetter: TextMapGetter<unknown> = {
  keys: carrier => attempt(() => entriesOf(carrier).map(([key]) => key.toLowerCase())) ?? [],
  get(carrier, name) {
    try {
      return isPlain(carrier) ? readPlain(carrier, name) : readList(entriesOf(carrier), name);
    } catch {
      return undefined;
    }
  },
};

/** Replaces a header, whatever the letter case it stands in. */
export const carrierSetter: TextMapSetter<unknown> = {
  set(carrier, name, value) {
    try {
      if (isPlain(carrier)) writePlain(carrier, name, value);
      else writeOther(carrier, name, value);
    } catch {
      // Frozen, or a setter that throws: this header stays behind.
    }
  },
};

/** Removes headers, whatever their letter case. */
export function deleteHeaders(carrier: unknown, unwanted: ReadonlySet<string>): void {
  attempt(() => {
    if (Array.isArray(carrier)) return removeFromList(carrier, unwanted);
    for (const [key] of entriesOf(carrier))
      if (unwanted.has(key.toLowerCase())) attempt(() => remove(carrier as object, key));
  });
}

/** Node's and most others: lower case already, so the first look finds it. */
function readPlain(carrier: PlainHeaders, name: string): string | string[] | undefined {
  const direct = carrier[name];
  if (typeof direct === 'string' && Object.hasOwn(carrier, name) && !hasVariant(carrier, name)) return direct;
  return readList(entriesOf(carrier), name);
}

/** Whether the header also stands in another letter case. Two of one name are two headers. */
function hasVariant(carrier: PlainHeaders, name: string): boolean {
  for (const key in carrier) if (key.length === name.length && key !== name && key.toLowerCase() === name) return true;
  return false;
}

function readList(entries: [string, unknown][], name: string): string | string[] | undefined {
  const values: string[] = [];
  for (const [key, value] of entries) {
    if (key.length !== name.length || key.toLowerCase() !== name) continue;
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value])
      if (typeof item === 'string') values.push(item);
  }
  return values.length > 1 ? values : values[0];
}

function entriesOf(carrier: unknown): [string, unknown][] {
  if (typeof carrier !== 'object' || carrier === null) return [];
  if (Array.isArray(carrier)) return pairsOf(carrier);
  if (isPlain(carrier)) return Object.keys(carrier).map(key => [key, attempt(() => carrier[key])]);
  const entries: [string, unknown][] = [];
  (carrier as HeadersLike).forEach((value, name) => typeof name === 'string' && entries.push([name, value]));
  return entries;
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

function writePlain(carrier: PlainHeaders, name: string, value: string): void {
  let at: string | undefined;
  for (const key in carrier) {
    if (key.length !== name.length || key.toLowerCase() !== name) continue;
    if (at === undefined) at = key;
    else delete carrier[key];
  }
  carrier[at ?? name] = value;
}

function writeOther(carrier: unknown, name: string, value: string): void {
  if (Array.isArray(carrier)) {
    const flat = typeof carrier[0] === 'string';
    removeFromList(carrier, new Set([name]));
    carrier.push(...(flat ? [name, value] : [[name, value]]));
  } else if (typeof carrier === 'object' && carrier !== null) {
    deleteHeaders(carrier, new Set([name]));
    (carrier as HeadersLike).set(name, value);
  }
}

function remove(carrier: object, key: string): void {
  if (isPlain(carrier)) delete carrier[key];
  else (carrier as HeadersLike).delete(key);
}

function removeFromList(list: unknown[], unwanted: ReadonlySet<string>): void {
  const flat = typeof list[0] === 'string';
  const step = flat ? 2 : 1;
  for (let i = list.length - step; i >= 0; i -= step) {
    const key = flat ? list[i] : (list[i] as unknown[] | undefined)?.[0];
    if (typeof key === 'string' && unwanted.has(key.toLowerCase())) list.splice(i, step);
  }
}

function isPlain(carrier: unknown): carrier is PlainHeaders {
  return typeof carrier === 'object' && carrier !== null && !Array.isArray(carrier) && !isHeadersLike(carrier);
}

/** By its methods, for `Headers` come in many makes. A header may be named `get`, but hardly `forEach` as a function. */
function isHeadersLike(carrier: object): boolean {
  const { forEach, get, set, delete: del } = carrier as Partial<HeadersLike>;
  return typeof forEach === 'function' && [get, set, del].every(method => typeof method === 'function');
}

function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
