import type { BaggageEntry, BaggageEntryMetadata } from '@opentelemetry/api';
import { trimOws } from '../propagation/whitespace.js';
import { count } from '../telemetry/counters.js';

/*
 * W3C Baggage, https://www.w3.org/TR/baggage/. Not built on OpenTelemetry's propagator: that one percent-codes keys, drops
 * empty values, and lets a comma or a line break in a property through into the header.
 */

/** Section 3.2.2: what every implementation must propagate, and all that this one will. */
export const MAX_MEMBERS = 64;
export const MAX_BYTES = 8_192;

export type BaggageMember = [key: string, entry: BaggageEntry];

/** A header may hold more than counts towards its limits: white space, empty members. Nobody needs more of that. */
const MAX_READ = 8 * MAX_BYTES;

/** RFC 7230 token: never percent-coded, case-sensitive. A longer one than a header could not travel. */
export function isBaggageKey(key: unknown): key is string {
  return typeof key === 'string' && key.length < MAX_BYTES && TOKEN.test(key);
}

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** Members in order, of those of one key the last. Bad ones are skipped one by one; what lies past the limits is left out. */
export function parseBaggage(header: string): BaggageMember[] {
  return [...parseEntries(header)];
}

/** The same, to be looked up. */
export function parseEntries(header: string): Map<string, BaggageEntry> {
  const members = new Map<string, BaggageEntry>();
  const readable = header.length <= MAX_READ ? header : header.slice(0, header.lastIndexOf(',', MAX_READ) + 1);
  let bytes = -1;
  let dropped = header.length === readable.length ? 0 : 1;
  for (const text of readable.split(',')) {
    const trimmed = trimOws(text);
    const member = trimmed && parseMember(trimmed);
    if (!member) {
      if (trimmed) count('baggage.invalid');
      continue;
    }
    bytes += trimmed.length + 1;
    if (bytes > MAX_BYTES || (members.size === MAX_MEMBERS && !members.has(member[0]))) dropped++;
    else members.set(member[0], member[1]);
  }
  count('baggage.dropped', dropped);
  return members;
}

function parseMember(text: string): BaggageMember | undefined {
  // Few have properties, and every request of a server comes by here.
  const semicolon = text.indexOf(';');
  const pair = semicolon < 0 ? text : text.slice(0, semicolon);
  const equals = pair.indexOf('=');
  const key = trimOws(pair.slice(0, equals));
  const value = trimOws(pair.slice(equals + 1));
  if (equals < 0 || !isBaggageKey(key) || NOT_OCTETS.test(value)) return undefined;
  const metadata = semicolon < 0 ? '' : formatProperties(text.slice(semicolon + 1));
  return [key, baggageEntry(decode(value), metadata)];
}

/** An entry as the OpenTelemetry API wants it, but for a brand that nobody can check: what puts it on costs a page more than this line. */
export function baggageEntry(value: string, metadata = ''): BaggageEntry {
  return metadata ? { value, metadata: { toString: () => metadata } as BaggageEntryMetadata } : { value };
}

export interface FormattedBaggage {
  readonly header: string;
  /** Members that did not fit. */
  readonly dropped: number;
}

/** Members are whole or absent; of those that do not fit the last added go first. */
export function formatBaggage(members: Iterable<BaggageMember>): FormattedBaggage {
  const kept: string[] = [];
  let bytes = -1;
  let dropped = 0;
  for (const [key, entry] of members) {
    const member = formatMember(key, entry);
    if (member === undefined) continue;
    // What fits into no header is in nobody's way.
    if (member.length <= MAX_BYTES) bytes += member.length + 1;
    if (member.length > MAX_BYTES || bytes > MAX_BYTES || kept.length === MAX_MEMBERS) dropped++;
    else kept.push(member);
  }
  return { header: kept.join(','), dropped };
}

function formatMember(key: string, entry: BaggageEntry): string | undefined {
  if (!isBaggageKey(key) || typeof entry.value !== 'string') return undefined;
  const properties = formatProperties(entry.metadata?.toString() ?? '');
  return `${key}=${entry.value.replace(UNSAFE, percentEncode)}${properties && `;${properties}`}`;
}

/** Properties are handed on as they came, but none may end the member or the header. */
function formatProperties(properties: string): string {
  return properties.split(';').map(formatProperty).filter(Boolean).join(';');
}

function formatProperty(property: string): string {
  const equals = property.indexOf('=');
  const key = trimOws(equals < 0 ? property : property.slice(0, equals));
  if (!TOKEN.test(key)) return '';
  return equals < 0 ? key : `${key}=${trimOws(property.slice(equals + 1)).replace(UNSAFE_BUT_ESCAPES, percentEncode)}`;
}

// baggage-octet, section 3.3.1.3: no CTL, space, DQUOTE, comma, semicolon or backslash. `%` is the escape itself.
const NOT_OCTETS = /[^!-~]|[",;\\]/;
const UNSAFE = /([^!-~]|[",;\\%])+/g;
const UNSAFE_BUT_ESCAPES = /([^!-~]|[",;\\]|%(?![\da-f]{2}))+/gi;

/** A run as a whole: a character may be two code units. A lone surrogate, which has no UTF-8, becomes U+FFFD. */
function percentEncode(run: string): string {
  return encodeURIComponent(run.replace(SURROGATES, found => (found.length === 2 ? found : '\ufffd')));
}

// Not `\p{Cs}`: WebKit takes a lone surrogate before U+FC00 to U+FFFF for half of a pair.
const SURROGATES = /[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g;

function decode(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    // Section 3.3.1.3: octets that are no UTF-8 become U+FFFD; a `%` that starts no escape stands for itself.
    const octets = value.replace(/%([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(octets, char => char.charCodeAt(0)));
  }
}
