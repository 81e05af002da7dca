import type { BaggageEntry } from '@opentelemetry/api';
import { diagnostics } from '../diagnostics.js';
import { baggageEntry, isBaggageKey, MAX_MEMBERS } from './codec.js';

/** One level of baggage: what was added there, and what was taken away of the levels below. */
export class BaggageLayer {
  /** Goes up with every change, so that a reader can tell cheaply whether it has seen the latest. */
  revision = 0;
  readonly #own = new Map<string, BaggageEntry | undefined>();

  constructor(entries: Iterable<[string, BaggageEntry]> = []) {
    for (const [key, entry] of entries) this.#own.set(key, entry);
  }

  add(key: string, value: string, metadata?: string): void {
    const fault = this.#faultOf(key, value);
    if (fault) return diagnostics.warn(`baggage:${fault}`, `baggage ${JSON.stringify(key)} was not added: ${fault}`);
    this.#own.set(key, baggageEntry(value, metadata));
    this.revision++;
  }

  remove(key: string): void {
    this.#own.set(key, undefined);
    this.revision++;
  }

  /** Lays this level over `entries`. */
  applyTo(entries: Map<string, BaggageEntry>): void {
    for (const [key, entry] of this.#own) {
      if (entry) entries.set(key, entry);
      else entries.delete(key);
    }
  }

  #faultOf(key: string, value: unknown): string | undefined {
    if (!isBaggageKey(key)) return 'its key is no token (letters, digits and -_.~ among others, no spaces)';
    if (typeof value !== 'string') return 'its value is no string';
    if (this.#own.size >= MAX_MEMBERS && !this.#own.has(key)) return `there are ${MAX_MEMBERS} already`;
    return undefined;
  }
}
