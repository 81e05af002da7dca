import type { Context } from '@opentelemetry/api';
import type { ExporterOption } from './config/config.js';
import type { Diagnosis } from './external/diagnosis.js';
import type { IsolatedOptions } from './session/isolated-options.js';

export type { Copy, Diagnosis, GlobalOwner, Problem } from './external/diagnosis.js';

/** The public shape, the same in a page and in Node: `@agentops/web`, `@agentops/node` and `agentops` all satisfy it. */

export type AttributeValue = string | number | boolean | string[] | number[] | boolean[];
export type Attributes = Record<string, AttributeValue | undefined>;

/** What a session came to. */
export type SessionState = 'Success' | 'Fail' | 'Indeterminate';

/** What a span stands for; decides its name suffix and its `gen_ai.operation.name`. */
export type SpanKindName = 'agent' | 'tool' | 'task' | 'workflow';

/**
 * Anything headers come in: `Headers`, a plain object in any letter case (values may be arrays), Node's `headers`,
 * `headersDistinct` and `rawHeaders`, an array of pairs, a `Map`.
 */
export type Carrier = object;

/** What `flush()` and `shutdown()` report. Counts are spans, since start-up, of each backend. */
export interface FlushResult {
  /** Taken by the backend. */
  delivered: number;
  /** Not delivered yet: waiting, on the way, or kept for a later attempt. */
  pending: number;
  /** Given up, by cause, such as `queue-full`, `rejected`, `unreachable`. */
  dropped: Record<string, number>;
}

/** How one backend is doing. Counts are since start-up. */
export interface BackendHealth extends FlushResult {
  /** Its URL without user, password and query, or the class of its exporter. */
  backend: string;
  /** Spans that its `filter` or `sampling` kept from it. */
  filtered?: number;
  /** Requests made to it, or calls of the exporter. */
  attempts: number;
  failures: number;
  /** What waits or is on its way, once packed, in bytes. */
  queuedBytes: number;
  /** Why the last attempt failed; `undefined` when it did not. */
  lastError: string | undefined;
}

/** How the toolkit itself is doing. */
export interface Health {
  /** In the order of the configuration. */
  backends: BackendHealth[];
  /** What backends of sessions that are over came to, and spans of theirs that had none any more. */
  endedSessions?: FlushResult;
  /** What was left out of headers that came or went, by cause, such as `baggage.dropped` or `propagation.conflict`. */
  propagation: Record<string, number>;
  /** With `telemetry.sampling.tail`: what became of the traces it held. */
  tailSampling?: TailCounts;
  /** Where metrics are sent by OTLP. Counts are of data points. */
  metrics?: BackendHealth[];
  /** With metrics, wherever they go: measurements that were none, such as NaN, and were left out. Since start-up. */
  invalidMeasurements?: number;
}

/** Traces that were not sampled at their start, and were held for what might come. Counts are since start-up. */
export interface TailCounts {
  /** Those that are held now. */
  held: number;
  kept: number;
  /** Nothing spoke for them. */
  dropped: number;
  /** There was no room to wait any longer. */
  overflowed: number;
}

export interface FlushOptions {
  /** How long to wait for exports under way. @default 5000 */
  timeoutMs?: number;
}

/** A span in hand. The same members as OpenTelemetry's, and a way back into its context. */
export interface SpanHandle {
  spanContext(): { traceId: string; spanId: string; traceFlags: number };
  setAttribute(key: string, value: AttributeValue): this;
  setAttributes(attributes: Attributes): this;
  addEvent(name: string, attributes?: Attributes): this;
  /** `code`: 0 unset, 1 ok, 2 error. */
  setStatus(status: { code: number; message?: string }): this;
  updateName(name: string): this;
  recordException(error: unknown): void;
  isRecording(): boolean;
  /** Ends it now. A second end is ignored. */
  end(): void;
  /** Context in which this span is the active one: the parent of what starts there, the source of what is injected. */
  readonly context: Context;
  /** Runs `fn` with this span active, for code that lost it, such as a page's after a native `await`. */
  run<T>(fn: () => T): T;
}

export interface SpanOptions {
  attributes?: Attributes;
}

export interface AgentOptions extends SpanOptions {
  /** `agent.id` of this span and everything below it, in other services too. @default a UUID for each call */
  id?: string;
}

export interface ObserveOptions extends SpanOptions {
  /** @default the function's own name, or `anonymous` */
  name?: string;
  kind?: SpanKindName;
}

/** `(name, fn)` or `(name, options, fn)`; see the function of that name for what it does. */
export interface WithSpan<Options extends SpanOptions = SpanOptions> {
  <T>(name: string, fn: (span: SpanHandle) => T): T;
  <T>(name: string, options: Options, fn: (span: SpanHandle) => T): T;
}

export interface SessionOptions {
  /** Names the root span `<name>.session` on a server. @default 'default' */
  name?: string;
  /** @default a UUID */
  id?: string;
  /** On the first span of each of its traces here, as `agentops.tags`. */
  tags?: string[];
  /** Who the session is for, as `user.id` of its root span. A page's session has none. */
  user?: string;
  /** Of its root span. */
  attributes?: Attributes;
  /**
   * Makes its spans with a tracer provider of its own, and sends them to no backend but its own: those named here, and those of `addExporter`. Processors of
   * the configuration do not see them; its metrics count them. In a page only with `@agentops/web/pipelines`. @default false
   */
  isolated?: boolean | IsolatedOptions;
}

/** One user's visit, or one agent run: what the traces of it have in common. */
export interface Session {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  /** True when it was opened elsewhere and arrived here as `session.id` in baggage. */
  readonly joined: boolean;
  /** `undefined` until it ends. */
  readonly state: SessionState | undefined;
  /** Runs `fn` in this session, in a baggage scope of its own. */
  run<T>(fn: () => T): T;
  /**
   * Adds baggage that travels with every request from here on. Inside a request or `run` scope: in that scope only.
   * Outside any: for the whole session. A key that is no token (RFC 7230) or a value that is no string is ignored with a warning.
   */
  addBaggage(key: string, value: string, metadata?: string): void;
  /** The value in force here. */
  getBaggageValue(key: string): string | undefined;
  /** Removes it where `addBaggage` would add it. */
  removeBaggage(key: string): void;
  injectContext<C extends Carrier>(carrier?: C): C;
  extractContext(carrier: Carrier): Context;
  /**
   * A backend for this session alone, besides those of the configuration, until the session ends, or in a session that came with a request that request.
   * Here, not in services that join it. An exporter of your own is flushed at the end, and not shut down. One that is not valid is reported and ignored.
   */
  addExporter(exporter: ExporterOption): void;
  /** Ends it; on a server this closes its root span. @param state default `Indeterminate` */
  end(state?: SessionState, reason?: string): void;
}

/** Baggage of the session that is active where it is called: `session.addBaggage('tenant.id', 'acme')`. */
export type ActiveSession = Pick<Session, 'addBaggage' | 'getBaggageValue' | 'removeBaggage'>;

/** Every function of the toolkit. */
export interface AgentOpsApi {
  startSession(options?: SessionOptions): Session;
  getSession(): Session | undefined;
  readonly session: ActiveSession;
  injectContext<C extends Carrier = Record<string, string>>(carrier?: C, context?: Context): C;
  extractContext(carrier: Carrier, context?: Context): Context;
  withContext<T>(context: Context, fn: () => T): T;
  getCurrentContext(): Context;
  bindContext<F extends (...args: never[]) => unknown>(fn: F, context?: Context): F;
  startSpan(name: string, options?: SpanOptions): SpanHandle;
  withSpan: WithSpan;
  withAgent: WithSpan<AgentOptions>;
  withTool: WithSpan;
  withTask: WithSpan;
  withWorkflow: WithSpan;
  observe<F extends (...args: never[]) => unknown>(fn: F, options?: ObserveOptions): F;
  flush(options?: FlushOptions): Promise<FlushResult>;
  shutdown(options?: FlushOptions): Promise<FlushResult>;
}

/** What `init` returns. */
export interface AgentOps extends AgentOpsApi {
  /** The configuration in force, without secrets. */
  readonly serviceName: string;
  /** How the toolkit itself is doing: what was delivered, what waits, what was dropped and why. */
  health(): Health;
  /**
   * Who owns which of OpenTelemetry's globals, which copies are there, what goes wrong by it and what to do. A page leaves it out for its bytes: there it is
   * `diagnose()` of `@agentops/web/otel`.
   */
  diagnose?(): Diagnosis;
}
