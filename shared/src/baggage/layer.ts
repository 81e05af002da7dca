import type { BaggageEntry } from '@opentelemetry/api';
import { diagnostics } from '../diagnostics.js';
import { baggageEntry, isBaggageKey, MAX_MEMBERS } from './codec.js';

type Changes = ReadonlyMap<string, BaggageEntry | undefined>;

/** For every level to begin with: a request has two, and to most nothing is added. */
const NONE: ReadonlyMap<string, BaggageEntry> = new Map();

/** One level of baggage: what was added there, and what was taken away of the levels below. */
export class BaggageLayer {
  /** Goes up with every change, so that a reader can tell cheaply whether it has seen the latest. */
  revision = 0;
  #added: Changes = NONE;
  readonly #initial: () => ReadonlyMap<string, BaggageEntry>;

  /** @param initial asked when it is first needed: most of what arrives is only passed on */
  constructor(initial: () => ReadonlyMap<string, BaggageEntry> = () => NONE) {
    this.#initial = initial;
  }

  /** The entry, `undefined` where it was taken away, `'below'` where the levels below decide. */
  find(key: string): BaggageEntry | undefined | 'below' {
    if (this.#added.has(key)) return this.#added.get(key);
    return this.#initial().get(key) ?? 'below';
  }

  add(key: string, value: string, metadata?: string): void {
    const fault = this.#faultOf(key, value);
    if (fault) return diagnostics.warn(`baggage:${fault}`, `baggage ${show(key)} was not added: ${fault}`);
    this.#change(new Map(this.#added).set(key, baggageEntry(value, metadata)));
  }

  remove(key: string): void {
    const added = new Map(this.#added).set(key, undefined);
    const removed = keysIn(added, false);
    // No more can be beneath that would reach the wire.
    if (removed.length > MAX_MEMBERS) added.delete(removed[0] ?? key);
    this.#change(added);
  }

  /** Lays this level over `entries`. */
  applyTo(entries: Map<string, BaggageEntry>): void {
    for (const [key, entry] of this.#initial()) entries.set(key, entry);
    for (const [key, entry] of this.#added) {
      if (entry) entries.set(key, entry);
      else entries.delete(key);
    }
  }

  #change(added: Changes): void {
    this.#added = added;
    this.revision++;
  }

  #faultOf(key: string, value: unknown): string | undefined {
    if (!isBaggageKey(key)) return 'its key is no token (letters, digits and -_.~ among others, no spaces)';
    if (typeof value !== 'string') return 'its value is no string';
    const mayBeFull = this.#added.size >= MAX_MEMBERS && !this.#added.get(key);
    if (mayBeFull && keysIn(this.#added, true).length >= MAX_MEMBERS) return `there are ${MAX_MEMBERS} already`;
    return undefined;
  }
}

function keysIn(changes: Changes, added: boolean): string[] {
  return [...changes].filter(([, entry]) => Boolean(entry) === added).map(([key]) => key);
}

/** Not everything can be made a text: a key may be a symbol, or throw when it is looked at. */
function show(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : `under a ${typeof key}`;
}
