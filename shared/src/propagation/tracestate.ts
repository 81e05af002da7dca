import type { TraceState } from '@opentelemetry/api';
import { count } from '../telemetry/counters.js';
import { trimOws } from './whitespace.js';

/*
 * `tracestate`, W3C Trace Context level 2, section 3.3. Not OpenTelemetry's class: that one knows keys of level 1 only, keeps the good members of a bad
 * header, and has no bound on their number.
 */

/** Section 3.3.1.1. More than these make the whole header invalid. */
export const MAX_MEMBERS = 32;

/** Section 3.3.1.5: at least this much must be propagated, and more may be. */
const MAX_LENGTH = 512;

/** Members longer than this are the first to go when the header is too long. */
const LONG_MEMBER = 128;

// Level 2, 3.3.1.3.1: 256 characters, the first a lower-case letter or a digit.
const KEY = /^[a-z\d][a-z\d_\-*/@]{0,255}$/;
// 3.3.1.3.2: printable ASCII without comma and equals sign, no space at the end.
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

type Member = readonly [key: string, value: string];

/** The members of a header, `undefined` when any part of it is invalid: half a tracestate would mislead its vendors. */
export function parseTracestate(header: string): TraceState | undefined {
  const members: Member[] = [];
  const keys = new Set<string>();
  for (const text of header.split(',')) {
    const trimmed = trimOws(text);
    // Empty members are allowed, and mean nothing.
    if (trimmed === '') continue;
    const equals = trimmed.indexOf('=');
    const key = trimmed.slice(0, Math.max(equals, 0));
    const value = trimmed.slice(equals + 1);
    if (!isMember(key, value) || members.length === MAX_MEMBERS) {
      count('tracestate.invalid');
      return undefined;
    }
    // A vendor has one member; the first is the newest.
    if (keys.has(key)) continue;
    keys.add(key);
    members.push([key, value]);
  }
  return members.length ? new Members(members) : undefined;
}

/** As a header. A state of another make may hold what no header may, or more than one may. */
export function formatTracestate(state: TraceState): string {
  if (state instanceof Members) return state.serialize();
  const newest = state.serialize().split(',').slice(0, MAX_MEMBERS).join(',');
  return parseTracestate(newest)?.serialize() ?? '';
}

function isMember(key: string, value: string): boolean {
  return KEY.test(key) && VALUE.test(value);
}

/** Immutable, newest first. */
class Members implements TraceState {
  readonly #members: readonly Member[];

  constructor(members: readonly Member[]) {
    this.#members = members;
  }

  get(key: string): string | undefined {
    return this.#members.find(([name]) => name === key)?.[1];
  }

  set(key: string, value: string): TraceState {
    if (!isMember(key, value)) return this;
    return new Members([[key, value] as const, ...this.#without(key)].slice(0, MAX_MEMBERS));
  }

  unset(key: string): TraceState {
    return new Members(this.#without(key));
  }

  /** Section 3.3.1.5: what has to go goes in whole members, the long ones first, then from the end. */
  serialize(): string {
    const texts = this.#members.map(([key, value]) => `${key}=${value}`);
    while (texts.join().length > MAX_LENGTH) {
      const long = texts.map(text => text.length > LONG_MEMBER).lastIndexOf(true);
      texts.splice(long < 0 ? texts.length - 1 : long, 1);
    }
    return texts.join();
  }

  #without(key: string): readonly Member[] {
    return this.#members.filter(([name]) => name !== key);
  }
}
