import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';
import { count } from '../telemetry/counters.js';

/*
 * Reads and writes header carriers of every shape people pass: `Headers` (and anything with its methods, such as a `Map`), plain objects in
 * any letter case, Node's `headers` and `headersDistinct`, flat `rawHeaders` lists, lists of pairs. Carriers may be hostile or
 * frozen: a fault in one costs its header, never the request. Names are in lower case throughout.
 */

interface HeadersLike {
  set(name: string, value: string): unknown;
  delete(name: string): unknown;
  forEach(callback: (value: unknown, name: unknown) => void): void;
}

type PlainHeaders = Record<string, unknown>;

/** `''` stands for a name that is no text. */
type Field = [name: string, value: unknown];

/** Of a list, or of one header. A list may be sparse, and longer than anybody can walk; Node takes no more than 2,000 headers. */
const MAX_ITEMS = 4_096;

/** Reads every value of a header, in order. */
export const carrierGetter: TextMapGetter<unknown> = {
  keys: carrier => attempt(() => namesOf(carrier).flatMap(name => name.toLowerCase() || [])) ?? [],
  get: (carrier, name) =>
    attempt(() => (isPlain(carrier) ? readPlain(carrier, name) : readFields(fieldsOf(carrier), name))),
};

/** Replaces a header, whatever the letter case it stands in. One that cannot be written stays behind. */
export const carrierSetter: TextMapSetter<unknown> = {
  set(carrier, name, value) {
    attempt(() => (isPlain(carrier) ? writePlain(carrier, name, value) : writeOther(carrier, name, value)));
  },
};

/** The values of a header that are text, whatever `getter` makes of it. */
export function readHeader(carrier: unknown, getter: TextMapGetter, name: string): readonly string[] {
  const value: unknown = attempt(() => getter.get(carrier, name));
  return typeof value === 'string' ? [value] : (attempt(() => textsIn(value)) ?? []);
}

/** Removes headers, whatever their letter case. */
export function deleteHeaders(carrier: unknown, unwanted: ReadonlySet<string>): void {
  attempt(() => {
    const names = namesOf(carrier);
    // From the end: what is taken out of a list moves all behind it.
    for (let i = names.length - 1; i >= 0; i--) {
      const name = names[i] ?? '';
      if (unwanted.has(name.toLowerCase())) attempt(() => remove(carrier, name, i));
    }
  });
}

function readPlain(carrier: PlainHeaders, name: string): string | string[] | undefined {
  let at: string | undefined;
  for (const key in carrier) {
    if (!isNamed(key, name) || !Object.hasOwn(carrier, key)) continue;
    // Two of one name, in different letter cases, are two headers.
    if (at !== undefined) return readFields(fieldsOf(carrier), name);
    at = key;
  }
  const value = at === undefined ? undefined : carrier[at];
  return typeof value === 'string' ? value : readFields([[name, value]], name);
}

function readFields(fields: Field[], name: string): string | string[] | undefined {
  const values: string[] = [];
  for (const [key, value] of fields) if (isNamed(key, name)) values.push(...textsIn(value));
  return values.length > 1 ? values : values[0];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS).filter(item => typeof item === 'string') : [];
}

function namesOf(carrier: unknown): string[] {
  return isPlain(carrier) ? Object.keys(carrier) : fieldsOf(carrier).map(([name]) => name);
}

function fieldsOf(carrier: unknown): Field[] {
  const fields: Field[] = [];
  const add = (value: unknown, name: unknown) => fields.push([typeof name === 'string' ? name : '', value]);
  if (Array.isArray(carrier)) {
    // `['b3', '0']`, else `[['b3', '0']]`.
    const flat = isFlat(carrier);
    for (let i = 0; i < carrier.length; i++) {
      if (flat) add(carrier[i + 1], carrier[i++]);
      else add(carrier[i]?.[1], carrier[i]?.[0]);
    }
  } else if (isPlain(carrier))
    for (const name of Object.keys(carrier))
      add(
        attempt(() => carrier[name]),
        name,
      );
  else if (isHeadersLike(carrier)) carrier.forEach(add);
  return fields;
}

/** `rawHeaders`, and no list of pairs. */
function isFlat(list: unknown[]): boolean {
  if (list.length > MAX_ITEMS) throw new RangeError('too long');
  return typeof list[0] === 'string';
}

function isNamed(key: string, name: string): boolean {
  // The first letters tell most apart, and converting takes longer than all the rest.
  return (
    key === name ||
    (key.length === name.length && (key.charCodeAt(0) | 0x20) === name.charCodeAt(0) && key.toLowerCase() === name)
  );
}

function writePlain(carrier: PlainHeaders, name: string, value: string): void {
  let at: string | undefined;
  for (const key in carrier) {
    if (!isNamed(key, name)) continue;
    if (at === undefined) at = key;
    else delete carrier[key];
  }
  carrier[at ?? name] = value;
}

function writeOther(carrier: unknown, name: string, value: string): void {
  const flat = Array.isArray(carrier) && isFlat(carrier);
  deleteHeaders(carrier, new Set([name]));
  if (Array.isArray(carrier)) carrier.push(...(flat ? [name, value] : [[name, value]]));
  else if (isHeadersLike(carrier)) carrier.set(name, value);
}

function remove(carrier: unknown, name: string, index: number): void {
  if (Array.isArray(carrier)) {
    const step = isFlat(carrier) ? 2 : 1;
    carrier.splice(index * step, step);
  } else if (isPlain(carrier)) delete carrier[name];
  else (carrier as HeadersLike).delete(name);
}

function isPlain(carrier: unknown): carrier is PlainHeaders {
  return isObject(carrier) && typeof carrier['forEach'] !== 'function';
}

/** By its method, for `Headers` come in many makes: a header may be named `forEach`, but hardly as a function. */
function isHeadersLike(carrier: unknown): carrier is HeadersLike {
  return isObject(carrier) && !isPlain(carrier) && !ArrayBuffer.isView(carrier);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    count('carrier.invalid');
    return undefined;
  }
}
