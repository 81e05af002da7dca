import { context, SpanStatusCode, type Context, type Span } from '@opentelemetry/api';
import type { Carrier, Session, SessionOptions, SessionState } from '../api.js';
import { baggageIn } from '../baggage/scoped.js';
import { BaggageLayer } from '../baggage/layer.js';
import { diagnostics } from '../diagnostics.js';
import type { ExporterOption } from '../config/config.js';
import type { IsolatedOptions } from './isolated-options.js';
import type { Propagation } from '../propagation/inject-extract.js';
import { activeScope, enterScope, Scope, scopeOf } from './scope.js';
import { activeSpan, withActive } from '../spans/active-span.js';

/** What a session needs of the toolkit around it. */
export interface SessionHost {
  propagation(): Propagation;
  readonly exports: SessionExports | undefined;
  sessionEnded(session: AgentSession): void;
}

/** Backends of single sessions. */
export interface SessionExports {
  add(session: AgentSession, exporter: ExporterOption): void;
  /** Nobody else gets the session's spans. */
  isolate(session: AgentSession, own: IsolatedOptions): void;
  close(session: AgentSession): void;
}

const STATUS: Record<SessionState, SpanStatusCode> = {
  Success: SpanStatusCode.OK,
  Fail: SpanStatusCode.ERROR,
  Indeterminate: SpanStatusCode.UNSET,
};

const NO_TAGS: readonly string[] = [];

export class AgentSession implements Session {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly joined: boolean;
  /** Whether it is one of a request that came in, and nobody ends it. */
  readonly ofRequest: boolean;
  /** Whether nobody but its own backends may get its spans. */
  readonly isolated: boolean;
  /** The session's base baggage, beneath that of every scope in it. */
  readonly baggage: BaggageLayer;
  state: SessionState | undefined;
  /** The open root span, on a server. */
  rootSpan: Span | undefined;
  readonly #host: SessionHost;

  constructor(
    host: SessionHost,
    options: SessionOptions & {
      id: string;
      joined?: boolean;
      ofRequest?: boolean;
      baggage?: BaggageLayer | undefined;
    },
  ) {
    this.#host = host;
    this.id = options.id;
    this.name = options.name ?? 'default';
    this.tags = options.tags ?? NO_TAGS;
    this.joined = options.joined ?? false;
    this.baggage = options.baggage ?? new BaggageLayer();
    this.ofRequest = options.ofRequest ?? false;
    this.isolated = !!options.isolated;
    if (options.isolated) this.#isolate(options.isolated === true ? {} : options.isolated);
  }

  run<T>(fn: () => T): T {
    const scope = new Scope(() => this, activeScope());
    const inScope = enterScope(context.active(), scope);
    return context.with(this.rootSpan ? withActive(inScope, this.rootSpan) : inScope, fn);
  }

  addBaggage(key: string, value: string, metadata?: string): void {
    this.#layer().add(key, value, metadata);
  }

  getBaggageValue(key: string): string | undefined {
    const scope = this.#scope() ?? new Scope(() => this);
    return baggageIn(context.active(), scope).getEntry(key)?.value;
  }

  removeBaggage(key: string): void {
    this.#layer().remove(key);
  }

  injectContext<C extends Carrier>(carrier?: C): C {
    return this.#host.propagation().injectContext(carrier, this.#context());
  }

  extractContext(carrier: Carrier): Context {
    const extracted = this.#host.propagation().extractContext(carrier);
    return enterScope(extracted, new Scope(() => this, scopeOf(extracted)));
  }

  addExporter(exporter: ExporterOption): void {
    const { exports: own } = this.#host;
    if (own) own.add(this, exporter);
    else warnOfPipelines('addExporter()');
  }

  end(state: SessionState = 'Indeterminate', reason?: string): void {
    if (this.state) return;
    this.state = state;
    const status = { code: STATUS[state], ...(reason !== undefined && { message: reason }) };
    this.rootSpan?.setStatus(status).setAttribute('agentops.session.end_state', state);
    if (reason !== undefined) this.rootSpan?.setAttribute('agentops.session.end_state_reason', reason);
    this.rootSpan?.end();
    this.rootSpan = undefined;
    this.#host.sessionEnded(this);
  }

  #isolate(options: IsolatedOptions): void {
    const { exports: own } = this.#host;
    if (own) own.isolate(this, options);
    else warnOfPipelines('isolated');
  }

  #scope(): Scope | undefined {
    const scope = activeScope();
    return scope?.session === this ? scope : undefined;
  }

  #layer(): BaggageLayer {
    return this.#scope()?.layer ?? this.baggage;
  }

  #context(): Context {
    const active = context.active();
    if (this.#scope()) return active;
    const inScope = enterScope(active, new Scope(() => this, activeScope()));
    // A span that is active in the session's own trace is nearer than its root.
    const isBelow = this.rootSpan?.spanContext().traceId === activeSpan(active)?.spanContext().traceId;
    return this.rootSpan && !isBelow ? withActive(inScope, this.rootSpan) : inScope;
  }
}

function warnOfPipelines(what: string): void {
  diagnostics.warn(`session:${what}`, `${what} needs @agentops/web/pipelines`);
}
