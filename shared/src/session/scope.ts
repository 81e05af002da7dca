import { context, createContextKey, propagation, type BaggageEntry, type Context } from '@opentelemetry/api';
import { BaggageLayer } from '../baggage/layer.js';
import { baggageIn } from '../baggage/scoped.js';
import type { AgentSession } from './session.js';

const SCOPE = createContextKey('agentops.scope');

/** A request, or a `session.run`: what is added to it is seen in it and nowhere else. */
export class Scope {
  readonly layer: BaggageLayer;
  readonly #findSession: () => AgentSession | undefined;
  readonly #outer: Scope | undefined;
  #session: AgentSession | undefined;

  /** @param findSession asked when the session is first needed, so that a scope nobody uses opens none */
  constructor(findSession: () => AgentSession | undefined, outer?: Scope, entries?: Iterable<[string, BaggageEntry]>) {
    this.#findSession = findSession;
    this.#outer = outer;
    this.layer = new BaggageLayer(entries);
  }

  get session(): AgentSession | undefined {
    return (this.#session ??= this.#findSession());
  }

  set session(session: AgentSession | undefined) {
    this.#session = session;
  }

  get revision(): number {
    return this.layer.revision + (this.session?.baggage.revision ?? 0) + (this.#outer?.revision ?? 0);
  }

  /** All baggage in force here, nearest level last to speak. */
  entries(): Map<string, BaggageEntry> {
    const outer = this.#outer;
    const entries = outer ? outer.entries() : new Map<string, BaggageEntry>();
    if (this.session !== outer?.session) this.session?.baggage.applyTo(entries);
    this.layer.applyTo(entries);
    return entries;
  }
}

/** The scope `ctx` is in, if any. */
export function scopeOf(ctx: Context): Scope | undefined {
  return ctx.getValue(SCOPE) as Scope | undefined;
}

/** `ctx` inside `scope`, its baggage visible to every OpenTelemetry propagator, whoever calls it. */
export function enterScope(ctx: Context, scope: Scope): Context {
  return propagation.setBaggage(ctx.setValue(SCOPE, scope), baggageIn(ctx, scope));
}

/** The scope of the code that runs now. */
export function activeScope(): Scope | undefined {
  return scopeOf(context.active());
}
