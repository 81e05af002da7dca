import type { ContextManager, TextMapPropagator } from '@opentelemetry/api';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { BasicTracerProvider, ReadableSpan, Sampler, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Attributes, FlushOptions, Health } from './api.js';
import type { Backend, EncodedBatch, Spool } from './export/backend.js';
import type { BatchOptions } from './telemetry/batch.js';
import type { ExporterType } from './telemetry/exporters.js';
import type { ResourceAttributes } from './telemetry/detectors.js';
import type { CreatePipeline } from './telemetry/pipeline-options.js';
import type { PluginHost } from './telemetry/plugins.js';
import type { CreateRoutes } from './telemetry/routes.js';
import type { InitOptions } from './config/config.js';
import type { ServerChecks } from './config/validate.js';
import type { LastSend } from './export/last-send.js';
import type { Send, SendLimits, ToExitRequest } from './export/otlp-http.js';
import type { ExportAttempt } from './export/outbox.js';
import type { Tally } from './export/tally.js';
import type { IncomingRule } from './propagation/incoming-policy.js';
import type { OutgoingPolicy } from './propagation/outgoing-policy.js';
import type { SessionLimits } from './session/lifecycle.js';
import type { SessionManager } from './session/manager.js';
import type { SessionStore } from './session/store.js';
import type { InferParent, Tracing } from './spans/tracing.js';
import type { Globals } from './telemetry/globals.js';
import type { ProviderConfig } from './telemetry/provider-config.js';
import type { CreateSampling } from './telemetry/sampling.js';
import type { WithSessionProviders } from './telemetry/session-providers.js';

export type Protocol = 'http/json' | 'http/protobuf' | 'grpc';

/** What not every page should carry: see `telemetry/full.ts`. */
export interface FullTelemetry {
  /** Of the options that are read by the rest of these. */
  readonly serverChecks?: Partial<ServerChecks>;
  readonly createSampling?: CreateSampling;
  /** Puts what is the business of one backend alone before its queue. */
  readonly createPipeline?: CreatePipeline;
  readonly createRoutes?: CreateRoutes;
  readonly withSessionProviders?: WithSessionProviders | undefined;
  readonly plugins?: PluginHost;
  readonly detectResource?: (options: InitOptions, known: Attributes) => ResourceAttributes;
}

/** Everything the shared code is told about where it runs. It never looks for itself. */
export interface Platform extends FullTelemetry {
  /** `service.name` unless configured. */
  readonly serviceName: string;
  /** None where the app's set-up is sure to have one. */
  readonly contextManager?: ContextManager;
  createTracerProvider(config: ProviderConfig): SdkTracerProvider;
  /** @default takes those that are free */
  readonly registerGlobals?: (own: Globals) => () => void;
  /** Of the resource: what is known of the host, never of the user. */
  readonly resource: Attributes;
  /** A server has many users, a page one: see `SessionManager`. Server sessions have a root span. */
  readonly sessionPerRequest: boolean;
  createSessionStore(options: InitOptions): SessionStore;
  readonly sessionLimits: SessionLimits;
  readonly batch: BatchOptions;
  /** Hosts that get trace headers without being named. */
  isTrusted(url: URL): boolean;
  /** Sends one request of the toolkit, itself untraced. */
  readonly send: Send;
  /** Where the process may end with a turn in which nothing can be awaited. */
  readonly toExitRequest?: ToExitRequest;
  readonly limits: SendLimits;
  /** Keeps what is not delivered when the page or process ends; `undefined` where that is not wanted. */
  createSpool?(wanted: SpoolWanted): Spool<EncodedBatch> | undefined;
  /** Called for each queue as it is made, in the order of `health()`, with the name of its backend; what it returns is told of every attempt to export. */
  createObserver?(backend: string): (attempt: ExportAttempt) => void;
  /** Backends by name, besides OTLP over HTTP and the console; one of the same name goes before those. */
  readonly exporterTypes?: Readonly<Record<string, ExporterType>>;
  readonly encodings: Readonly<Partial<Record<Protocol, OtlpEncoding>>>;
  /** The one used unless configured. */
  readonly protocol: Protocol;
  readonly processors?: readonly SpanProcessor[];
  readonly createSampling: CreateSampling;
  readonly inferParent?: InferParent;
  /** Has metrics made of spans: one pipeline, or none where that is not wanted or there is nowhere to send them. Never throws. */
  createMetrics?(parts: MetricsParts): readonly MetricsPipeline[];
  /** Watches the requests that come in and go out; returns how to stop. */
  instrument(instruments: Instruments): () => void;
  /** Calls the hooks when the page or the process may be about to end, and when it goes on; returns how to stop. */
  onExit(hooks: ExitHooks): () => void;
}

export interface MetricsParts {
  readonly options: InitOptions;
  readonly resource: ResourceAttributes;
  readonly sessions: SessionManager;
  readonly send: Send;
}

/** Watches spans as a processor does; its `forceFlush` and `shutdown` send what there is. */
export interface MetricsPipeline extends SpanProcessor {
  health(): Pick<Health, 'metrics' | 'invalidMeasurements'>;
  /** Has spans recorded that are to be measured, sampled or not. */
  around(sampler: Sampler): Sampler;
  /** The process ends with this turn. */
  leaveSync?(): readonly LastSend[];
}

export interface ExitHooks {
  flush(options?: FlushOptions): Promise<unknown>;
  /** The page may not come back: what can be sent is sent, the rest is kept for the next one. */
  leave(): void;
  /** The process ends with this turn: what the platform is to send, all at once, and settle. */
  leaveSync(): readonly LastSend[];
  /** The page is back, or online. */
  resume(): void;
}

export interface SpoolWanted {
  readonly backend: Backend<EncodedBatch>;
  readonly contentType: OtlpEncoding['contentType'];
  /** Of a backend of a session: differs where it, or whom it takes us for, does; holds no secrets. Others are told apart by name. */
  readonly destination?: string;
  readonly options: InitOptions;
  /** For what the spool drops, and what it finds. */
  readonly tally: Tally;
}

/** Of OpenTelemetry's SDK, whichever of its packages it comes from. */
export type SdkTracerProvider = Pick<BasicTracerProvider, 'getTracer' | 'forceFlush' | 'shutdown'>;

export interface OtlpEncoding {
  readonly serializer: ISerializer<ReadableSpan[], unknown>;
  readonly contentType: 'application/json' | 'application/x-protobuf';
}

/** What an instrumentation works with. */
export interface Instruments {
  readonly tracing: Tracing;
  readonly propagator: TextMapPropagator;
  /** What a request that goes out may carry. */
  readonly policy: OutgoingPolicy;
  /** What is believed of requests that come in; a page has none. */
  readonly incoming: readonly IncomingRule[] | undefined;
}
