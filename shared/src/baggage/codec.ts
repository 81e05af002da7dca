import { baggageEntryMetadataFromString, type BaggageEntry } from '@opentelemetry/api';

/*
 * W3C Baggage, https://www.w3.org/TR/baggage/. Not built on OpenTelemetry's propagator: that one percent-codes keys, drops
 * empty values, and lets a comma or a line break in a property through into the header.
 */

/** Section 3.2.2: what every implementation must propagate, and all that this one will. */
export const MAX_MEMBERS = 64;
export const MAX_BYTES = 8_192;

export type BaggageMember = [key: string, entry: BaggageEntry];

/** RFC 7230 token: never percent-coded, case-sensitive. */
export function isBaggageKey(key: unknown): key is string {
  return typeof key === 'string' && key.length <= MAX_KEY && TOKEN.test(key);
}

const MAX_KEY = 1_024;
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** Members in order. Bad ones are skipped one by one; what lies past the limits is left out. */
export function parseBaggage(header: string): BaggageMember[] {
  const members: BaggageMember[] = [];
  const whole = header.length <= MAX_BYTES ? header : header.slice(0, Math.max(0, header.lastIndexOf(',', MAX_BYTES)));
  for (const text of whole.split(',')) {
    const member = parseMember(text);
    if (member && members.push(member) === MAX_MEMBERS) break;
  }
  return members;
}

function parseMember(text: string): BaggageMember | undefined {
  const [pair = '', ...properties] = text.split(';');
  const equals = pair.indexOf('=');
  const key = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  if (equals < 0 || !isBaggageKey(key) || NOT_OCTETS.test(value)) return undefined;
  const metadata = formatProperties(properties);
  return [key, baggageEntry(decode(value), metadata)];
}

/** An entry as the OpenTelemetry API wants it. */
export function baggageEntry(value: string, metadata = ''): BaggageEntry {
  return metadata ? { value, metadata: baggageEntryMetadataFromString(metadata) } : { value };
}

export interface FormattedBaggage {
  readonly header: string;
  /** Members that did not fit. */
  readonly dropped: number;
}

/** Members are whole or absent; of those that do not fit the last added go first. */
export function formatBaggage(members: Iterable<BaggageMember>): FormattedBaggage {
  const kept: string[] = [];
  let bytes = 0;
  let dropped = 0;
  for (const [key, entry] of members) {
    const member = formatMember(key, entry);
    if (member === undefined) continue;
    if (kept.length === MAX_MEMBERS || bytes + member.length > MAX_BYTES) dropped++;
    else bytes += kept.push(member) && member.length + 1;
  }
  return { header: kept.join(','), dropped };
}

function formatMember(key: string, entry: BaggageEntry): string | undefined {
  if (!isBaggageKey(key) || typeof entry.value !== 'string') return undefined;
  const properties = formatProperties((entry.metadata?.toString() ?? '').split(';'));
  return `${key}=${encode(entry.value)}${properties && `;${properties}`}`;
}

/** Properties are handed on as they came, but none may end the member or the header. */
function formatProperties(properties: string[]): string {
  return properties.map(formatProperty).filter(Boolean).join(';');
}

function formatProperty(property: string): string {
  const equals = property.indexOf('=');
  if (equals < 0) return TOKEN.test(property.trim()) ? property.trim() : '';
  const key = property.slice(0, equals).trim();
  return TOKEN.test(key) ? `${key}=${escape(property.slice(equals + 1).trim(), UNSAFE_KEEPING_PERCENT)}` : '';
}

// baggage-octet, section 3.3.1.3: no CTL, space, DQUOTE, comma, semicolon or backslash. `%` is the escape itself.
const NOT_OCTETS = /[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]/;
const UNSAFE = /[^\x21\x23-\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+/g;
const UNSAFE_KEEPING_PERCENT = /[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+/g;

function encode(value: string): string {
  return escape(value, UNSAFE);
}

function escape(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, run => percentEncode(run));
}

function percentEncode(text: string): string {
  // TextEncoder turns a lone surrogate into U+FFFD where encodeURIComponent would throw.
  return Array.from(
    new TextEncoder().encode(text),
    byte => `%${(byte + 256).toString(16).slice(1).toUpperCase()}`,
  ).join('');
}

function decode(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return decodeLeniently(value);
  }
}

/** Section 3.3.1.3: octets that are no UTF-8 become U+FFFD; a `%` that starts no escape stands for itself. */
function decodeLeniently(value: string): string {
  const bytes: number[] = [];
  for (let i = 0; i < value.length; i++) {
    const escaped = /^%[\da-f]{2}/i.test(value.slice(i, i + 3));
    bytes.push(escaped ? Number.parseInt(value.slice(i + 1, i + 3), 16) : value.charCodeAt(i));
    if (escaped) i += 2;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
