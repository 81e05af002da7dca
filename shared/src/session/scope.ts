import { context, createContextKey, propagation, type BaggageEntry, type Context } from '@opentelemetry/api';
import { BaggageLayer } from '../baggage/layer.js';
import { baggageIn } from '../baggage/scoped.js';
import type { AgentSession } from './session.js';

const SCOPE = createContextKey('agentops.scope');

/** A request, or a `session.run`: what is added to it is seen in it and nowhere else. */
export class Scope {
  readonly layer: BaggageLayer;
  /** Around the whole page or process, whose session changes under the spans in it. */
  isAmbient = false;
  readonly #findSession: () => AgentSession | undefined;
  readonly #outer: Scope | undefined;
  #session: AgentSession | undefined;

  /** @param findSession asked when the session is first needed, so that a scope nobody uses opens none */
  constructor(findSession: () => AgentSession | undefined, outer?: Scope, layer = new BaggageLayer()) {
    this.#findSession = findSession;
    this.#outer = outer;
    this.layer = layer;
  }

  /** The session, if anybody has needed it. */
  get opened(): AgentSession | undefined {
    return this.#session;
  }

  get session(): AgentSession | undefined {
    return (this.#session ??= this.#findSession());
  }

  set session(session: AgentSession | undefined) {
    this.#session = session;
  }

  /** Makes `session` the one of this scope, for the spans that are open in it too. */
  start(session: AgentSession): void {
    this.#session = session;
    this.layer.revision++;
  }

  get revision(): number {
    return this.layer.revision + (this.session?.baggage.revision ?? 0) + (this.#outer?.revision ?? 0);
  }

  /** What is in force here under `key`: the nearest level that knows it decides. */
  find(key: string): BaggageEntry | undefined {
    const own = this.layer.find(key);
    if (own !== 'below') return own;
    const outer = this.#outer;
    const base = this.session && this.session !== outer?.session ? this.session.baggage.find(key) : 'below';
    return base === 'below' ? outer?.find(key) : base;
  }

  /** All of it. */
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
