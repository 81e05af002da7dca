import type { ContextManager, TextMapPropagator } from '@opentelemetry/api';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { BasicTracerProvider, ReadableSpan, SpanProcessor, TracerConfig } from '@opentelemetry/sdk-trace-base';
import type { Attributes, FlushOptions } from './api.js';
import type { BatchOptions } from './telemetry/batch.js';
import type { InitOptions } from './config/config.js';
import type { Send } from './export/otlp-http.js';
import type { DestinationPolicy } from './propagation/policy.js';
import type { SessionLimits } from './session/lifecycle.js';
import type { SessionStore } from './session/store.js';
import type { InferParent, Tracing } from './spans/tracing.js';

export type Protocol = 'http/json' | 'http/protobuf';

/** Everything the shared code is told about where it runs. It never looks for itself. */
export interface Platform {
  /** `service.name` unless configured. */
  readonly serviceName: string;
  readonly contextManager: ContextManager;
  createTracerProvider(config: TracerConfig): BasicTracerProvider;
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
  readonly encodings: Readonly<Partial<Record<Protocol, OtlpEncoding>>>;
  /** The one used unless configured. */
  readonly protocol: Protocol;
  readonly processors?: readonly SpanProcessor[];
  readonly inferParent?: InferParent;
  /** Watches the requests that come in and go out; returns how to stop. */
  instrument(instruments: Instruments): () => void;
  /** Calls `flush` when the page or the process may be about to end; returns how to stop. */
  onExit(flush: (options?: FlushOptions) => Promise<unknown>): () => void;
}

export interface OtlpEncoding {
  readonly serializer: ISerializer<ReadableSpan[], unknown>;
  readonly contentType: 'application/json' | 'application/x-protobuf';
}

/** What an instrumentation works with. */
export interface Instruments {
  readonly tracing: Tracing;
  readonly propagator: TextMapPropagator;
  readonly policy: DestinationPolicy;
}
