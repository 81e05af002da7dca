import { propagation, type Baggage, type BaggageEntry, type Context } from '@opentelemetry/api';
import type { Scope } from '../session/scope.js';

export const SESSION_ID = 'session.id';

/**
 * The baggage of a scope, live: what is added to the scope later is seen through it. It stands in the OpenTelemetry context, so that
 * `propagation.inject` of anybody's instrumentation sends it. `setEntry` and the like make a view of their own, as the API
 * demands, that still sees the scope beneath.
 */
export class ScopedBaggage implements Baggage {
  readonly scope: Scope;
  readonly #changes: ReadonlyMap<string, BaggageEntry | undefined>;

  constructor(scope: Scope, changes: ReadonlyMap<string, BaggageEntry | undefined> = new Map()) {
    this.scope = scope;
    this.#changes = changes;
  }

  getEntry(key: string): BaggageEntry | undefined {
    return this.#entries().get(key);
  }

  getAllEntries(): [string, BaggageEntry][] {
    return [...this.#entries()];
  }

  setEntry(key: string, entry: BaggageEntry): Baggage {
    return new ScopedBaggage(this.scope, new Map(this.#changes).set(key, entry));
  }

  removeEntry(key: string): Baggage {
    return this.removeEntries(key);
  }

  removeEntries(...keys: string[]): Baggage {
    const changes = new Map(this.#changes);
    for (const key of keys) changes.set(key, undefined);
    return new ScopedBaggage(this.scope, changes);
  }

  /** The same changes, over another scope. */
  over(scope: Scope): Baggage {
    return scope === this.scope ? this : new ScopedBaggage(scope, this.#changes);
  }

  clear(): Baggage {
    return propagation.createBaggage();
  }

  #entries(): Map<string, BaggageEntry> {
    const { session } = this.scope;
    // First, so that it is the last to go when the header is full.
    const entries = new Map<string, BaggageEntry>(session && [[SESSION_ID, { value: session.id }]]);
    for (const [key, entry] of this.scope.entries()) if (key !== SESSION_ID) entries.set(key, entry);
    for (const [key, entry] of this.#changes) {
      if (entry) entries.set(key, entry);
      else entries.delete(key);
    }
    return entries;
  }
}

/** The baggage in force in `ctx`: its own, over that of `scope`. */
export function baggageIn(ctx: Context, scope: Scope): Baggage {
  const own = propagation.getBaggage(ctx);
  if (own instanceof ScopedBaggage) return own.over(scope);
  return new ScopedBaggage(scope, own && new Map(own.getAllEntries()));
}
