import { propagation, type Baggage, type BaggageEntry } from '@opentelemetry/api';
import { parseEntries } from './codec.js';

/** A `baggage` header, read when it is first asked for something: much of what arrives is only passed on, or never looked at. */
export class ArrivedBaggage implements Baggage {
  readonly #header: string;
  #entries: ReadonlyMap<string, BaggageEntry> | undefined;

  constructor(header: string) {
    this.#header = header;
  }

  get entries(): ReadonlyMap<string, BaggageEntry> {
    return (this.#entries ??= parseEntries(this.#header));
  }

  getEntry(key: string): BaggageEntry | undefined {
    return this.entries.get(key);
  }

  getAllEntries(): [string, BaggageEntry][] {
    return [...this.entries];
  }

  setEntry(key: string, entry: BaggageEntry): Baggage {
    return this.#copy().setEntry(key, entry);
  }

  removeEntry(key: string): Baggage {
    return this.#copy().removeEntry(key);
  }

  removeEntries(...keys: string[]): Baggage {
    return this.#copy().removeEntries(...keys);
  }

  clear(): Baggage {
    return propagation.createBaggage();
  }

  #copy(): Baggage {
    return propagation.createBaggage(Object.fromEntries(this.entries));
  }
}
