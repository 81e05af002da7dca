import { context, propagation, type Context } from '@opentelemetry/api';
import type { ActiveSession, SessionOptions } from '../api.js';
import type { ArrivedBaggage } from '../baggage/arrived.js';
import { BaggageLayer } from '../baggage/layer.js';
import { baggageIn, SESSION_ID, type ScopedBaggage } from '../baggage/scoped.js';
import { currentRecord, isSessionId, type SessionLimits } from './lifecycle.js';
import { activeScope, enterScope, Scope, scopeOf } from './scope.js';
import { AgentSession, type SessionExports, type SessionHost } from './session.js';
import type { SessionStore } from './store.js';
import { randomUuid } from './uuid.js';

export interface SessionManagerOptions {
  readonly store: SessionStore;
  readonly limits: SessionLimits;
  /** Whether there is a session without `startSession`. */
  readonly autoStart: boolean;
  /** A server has many users: a request in which no session arrives gets its own. A page has one, and one session. */
  readonly perRequest: boolean;
  /** Of the session that starts by itself. */
  readonly tags: readonly string[];
  /** Asked when it is first needed: propagation in its turn needs the sessions. */
  readonly propagation: SessionHost['propagation'];
  /** What sessions export by themselves. */
  readonly exports?: SessionExports | undefined;
}

/** Which session is active where. Knows nothing of spans or exporters. */
export class SessionManager {
  readonly #options: SessionManagerOptions;
  readonly #host: SessionHost;
  readonly exports: SessionExports | undefined;
  readonly #ambientScope = new Scope(() => undefined);
  #ambient: AgentSession | undefined;
  #autoStart: boolean;

  constructor(options: SessionManagerOptions) {
    this.#options = options;
    this.#ambientScope.isAmbient = true;
    this.#autoStart = options.autoStart;
    const { propagation: formats, exports: own } = options;
    this.exports = own;
    this.#host = { propagation: formats, exports: own, sessionEnded: session => this.#forget(session) };
  }

  /** The session active in `ctx`. */
  active(ctx: Context = context.active()): AgentSession | undefined {
    return this.scope(ctx).session;
  }

  /** The scope `ctx` is in; outside any, the one around the whole page or process. */
  scope(ctx: Context): Scope {
    const scope = scopeOf(ctx);
    if (scope) return scope;
    this.#ambientScope.session = this.#currentAmbient();
    return this.#ambientScope;
  }

  /** All baggage in force in `ctx`, `session.id` included. */
  baggage(ctx: Context): ScopedBaggage {
    return baggageIn(ctx, this.scope(ctx));
  }

  /** Opens a session: for the scope it is called in, outside any for the whole page or process. */
  start(options: SessionOptions = {}): AgentSession {
    const id = isSessionId(options.id) ? options.id : randomUuid();
    const session = new AgentSession(this.#host, { ...options, id });
    const scope = activeScope();
    if (scope) scope.start(session);
    else this.#keep(session);
    return session;
  }

  /**
   * `ctx` as a request enters it: in a scope of its own, with the baggage that arrived, in the session that arrived.
   * Where none did, the scope has a new session from the moment it is asked for it.
   */
  enterRequest(ctx: Context, arrived: ArrivedBaggage | undefined): Context {
    const around = scopeOf(ctx);
    const layer = new BaggageLayer(arrived && (() => arrived.entries));
    const scope =
      around && isSameRequest(around, sessionIdIn(arrived))
        ? new Scope(() => around.session, around, layer)
        : new Scope(() => this.#join(sessionIdIn(arrived)) ?? this.#requestSession(), undefined, layer);
    return enterScope(propagation.deleteBaggage(ctx), scope);
  }

  #join(id: string | undefined): AgentSession | undefined {
    return id === undefined ? undefined : new AgentSession(this.#host, { id, joined: true, ofRequest: true });
  }

  /** `session` of the public API: whatever session is active at the call. */
  readonly facade: ActiveSession = {
    addBaggage: (key, value, metadata) => this.#activeLayer()?.add(key, value, metadata),
    getBaggageValue: key => this.baggage(context.active()).getEntry(key)?.value,
    removeBaggage: key => this.#activeLayer()?.remove(key),
  };

  #activeLayer() {
    return activeScope()?.layer ?? this.active()?.baggage;
  }

  #requestSession(): AgentSession | undefined {
    if (!this.#options.perRequest) return this.#currentAmbient();
    if (!this.#options.autoStart) return undefined;
    return new AgentSession(this.#host, { id: randomUuid(), tags: [...this.#options.tags], ofRequest: true });
  }

  #currentAmbient(): AgentSession | undefined {
    if (!this.#ambient && !this.#autoStart) return undefined;
    const { store, limits } = this.#options;
    const known = store.read();
    const record = currentRecord(known, { nowMs: Date.now(), newId: randomUuid, limits });
    if (record.id !== this.#ambient?.id) this.#ambient = this.#follow(record.id);
    // A store of the browser is slow to write: a second's imprecision of the idle time buys most writes off.
    if (record.id !== known?.id || record.lastActiveAtMs - known.lastActiveAtMs > 1_000) store.write(record);
    return this.#ambient;
  }

  /** The same visitor goes on: what was said of them at start-up still holds. */
  #follow(id: string): AgentSession {
    const { name = 'default', tags = this.#options.tags, baggage } = this.#ambient ?? {};
    return new AgentSession(this.#host, { id, name, tags: [...tags], baggage });
  }

  #keep(session: AgentSession): void {
    const nowMs = Date.now();
    this.#ambient = session;
    this.#options.store.write({ id: session.id, startedAtMs: nowMs, lastActiveAtMs: nowMs });
  }

  #forget(session: AgentSession): void {
    this.exports?.close(session);
    if (session.id !== this.#ambient?.id) return;
    this.#ambient = undefined;
    this.#autoStart = false;
    this.#options.store.write(undefined);
  }
}

/** Extracted a second time, or from a carrier that says nothing of it. */
function isSameRequest(around: Scope, arrivedId: string | undefined): boolean {
  return arrivedId === undefined || arrivedId === around.session?.id;
}

/** What arrives as one and is none counts as not there. */
function sessionIdIn(arrived: ArrivedBaggage | undefined): string | undefined {
  const id = arrived?.getEntry(SESSION_ID)?.value;
  return isSessionId(id) ? id : undefined;
}
