import type { BaggageEntry } from '@opentelemetry/api';
import { diagnostics } from '../diagnostics.js';
import { baggageEntry, isBaggageKey, MAX_MEMBERS } from './codec.js';

const EMPTY: ReadonlyMap<string, BaggageEntry> = new Map();

/** One level of baggage: what was added there, and what was taken away of the levels below. */
export class BaggageLayer {
  /** Goes up with every change, so that a reader can tell cheaply whether it has seen the latest. */
  revision = 0;
  readonly #added = new Map<string, BaggageEntry | undefined>();
  readonly #initial: () => ReadonlyMap<string, BaggageEntry>;

  /** @param initial asked when it is first needed: most of what arrives is only passed on */
  constructor(initial: () => ReadonlyMap<string, BaggageEntry> = () => EMPTY) {
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
    this.#added.set(key, baggageEntry(value, metadata));
    this.revision++;
  }

  remove(key: string): void {
    this.#added.set(key, undefined);
    const removed = this.#keys(false);
    // No more can be beneath that would reach the wire.
    if (removed.length > MAX_MEMBERS) this.#added.delete(removed[0] ?? key);
    this.revision++;
  }

  /** Lays this level over `entries`. */
  applyTo(entries: Map<string, BaggageEntry>): void {
    for (const [key, entry] of this.#initial()) entries.set(key, entry);
    for (const [key, entry] of this.#added) {
      if (entry) entries.set(key, entry);
      else entries.delete(key);
    }
  }

  #faultOf(key: string, value: unknown): string | undefined {
    if (!isBaggageKey(key)) return 'its key is no token (letters, digits and -_.~ among others, no spaces)';
    if (typeof value !== 'string') return 'its value is no string';
    const mayBeFull = this.#added.size >= MAX_MEMBERS && !this.#added.get(key);
    if (mayBeFull && this.#keys(true).length >= MAX_MEMBERS) return `there are ${MAX_MEMBERS} already`;
    return undefined;
  }

  #keys(added: boolean): string[] {
    return [...this.#added].filter(([, entry]) => Boolean(entry) === added).map(([key]) => key);
  }
}

/** Not everything can be made a text: a key may be a symbol, or throw when it is looked at. */
function show(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : `under a ${typeof key}`;
}
