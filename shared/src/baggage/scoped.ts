import { propagation, type Baggage, type BaggageEntry, type Context } from '@opentelemetry/api';
import type { Scope } from '../session/scope.js';
import { formatBaggage, type FormattedBaggage } from './codec.js';

export const SESSION_ID = 'session.id';

type Changes = ReadonlyMap<string, BaggageEntry | undefined>;

const NO_CHANGES: Changes = new Map();

/**
 * The baggage of a scope, live: what is added to the scope later is seen through it. It stands in the OpenTelemetry context, so that
 * `propagation.inject` of anybody's instrumentation sends it. `setEntry` and the like make a view of their own, as the API
 * demands, that still sees the scope beneath.
 */
export class ScopedBaggage implements Baggage {
  readonly scope: Scope;
  readonly #changes: Changes;
  #formatted: (FormattedBaggage & { readonly revision: number; readonly sessionId: string | undefined }) | undefined;

  constructor(scope: Scope, changes: Changes = NO_CHANGES) {
    this.scope = scope;
    this.#changes = changes;
  }

  getEntry(key: string): BaggageEntry | undefined {
    if (this.#changes.has(key)) return this.#changes.get(key);
    if (key !== SESSION_ID) return this.scope.find(key);
    const { session } = this.scope;
    return session && { value: session.id };
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
  over(scope: Scope): ScopedBaggage {
    return scope === this.scope ? this : new ScopedBaggage(scope, this.#changes);
  }

  clear(): Baggage {
    return propagation.createBaggage();
  }

  /** As a header, made anew only after a change: a request may call many services. */
  format(): FormattedBaggage {
    const { revision, session } = this.scope;
    const last = this.#formatted;
    if (last?.revision === revision && last.sessionId === session?.id) return last;
    const formatted = { ...formatBaggage(this.#entries()), revision, sessionId: session?.id };
    this.#formatted = formatted;
    return formatted;
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
export function baggageIn(ctx: Context, scope: Scope): ScopedBaggage {
  const own = propagation.getBaggage(ctx);
  if (own instanceof ScopedBaggage) return own.over(scope);
  return new ScopedBaggage(scope, own && new Map(own.getAllEntries()));
}
