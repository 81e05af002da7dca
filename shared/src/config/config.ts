import type { TracerProvider } from '@opentelemetry/api';
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Attributes } from '../api.js';
import type { NodeExporterOption, TlsOptions } from './exporter-options.js';
import type { MetricsOptions } from '../metrics/options.js';
import type { PropagationName } from '../propagation/compose.js';
import type { Destination } from '../propagation/destination.js';
import type { IncomingRule } from '../propagation/incoming-policy.js';
import type { OutgoingRule } from '../propagation/outgoing-policy.js';
import type { ResourceDetector } from '../telemetry/detectors.js';
import type { PipelineOptions } from '../telemetry/pipeline-options.js';
import type { Plugin } from '../telemetry/plugins.js';
import type { SamplingOptions, SpanSampler } from '../telemetry/sampling-options.js';

/** One backend: any OpenTelemetry exporter, alone or with options of its own, or one of ours. `'otlp'` is short for `{ type: 'otlp' }`. */
export type ExporterOption =
  | 'otlp'
  | 'console'
  | 'zipkin'
  | OtlpExporterOption
  | ({ type: 'console' } & PipelineOptions)
  | (NodeExporterOption & PipelineOptions)
  | ({ exporter: SpanExporter } & PipelineOptions)
  | SpanExporter;

export interface OtlpExporterOption extends PipelineOptions {
  type: 'otlp';
  /** Base URL, or the URL with `/v1/traces`; in Node also `host:port`. @default the `endpoint` of the configuration */
  endpoint?: string;
  /** The URL of traces, which nothing is added to and no metrics go to; in Node also `host:port`. Goes before `endpoint`. */
  url?: string;
  headers?: Record<string, string>;
  /** In a page `http/json`. @default in Node 'grpc' for port 4317 and for `host:port` but 4318, where there is no path; or else 'http/protobuf' */
  protocol?: 'http/json' | 'http/protobuf' | 'grpc';
  /** Node only; a page compresses what is worth it. @default 'none' */
  compression?: 'gzip' | 'none';
  /** Node only. */
  tls?: TlsOptions;
  /** Node only: no TLS for gRPC to an endpoint without scheme. @default true for loopback, private and cluster-internal hosts */
  insecure?: boolean;
}

/** How spans are put together on their way to a backend. */
export interface BatchSizes {
  /** Spans that wait or are on their way, at most; more are dropped as `queue-full`. @default 200000, in a page 10000 */
  maxQueueSize?: number;
  /** What they may take up once packed. @default 33554432 (32 MiB), in a page 4194304 (4 MiB) */
  maxQueueBytes?: number;
  /** @default 512, in a page 64 */
  maxBatchSize?: number;
  /** @default 1000 */
  delayMs?: number;
  /** For one attempt to send a batch. @default 10000 */
  timeoutMs?: number;
}

/** https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits */
export interface SpanLimits {
  /** Characters of a text, alone or in a list; the rest is cut off. Metrics know a span by its whole `gen_ai.operation.name`. @default none */
  attributeValueLength?: number;
  /** @default 128 */
  attributeCount?: number;
  /** @default 128 */
  eventCount?: number;
  /** @default 128 */
  linkCount?: number;
  /** Attributes of one event. @default 128 */
  eventAttributeCount?: number;
  /** Attributes of one link. @default 128 */
  linkAttributeCount?: number;
}

/** What `init()` takes. Everything is optional. */
export interface InitOptions {
  /** `service.name` of the resource. @default 'unknown_service', in a page 'web' */
  serviceName?: string;
  serviceVersion?: string;
  /** `deployment.environment.name` of the resource, such as `production`. */
  environment?: string;
  resourceAttributes?: Attributes;
  /** OTLP/HTTP base URL, such as `http://127.0.0.1:4318`; in a page it may be a path of the page's own origin. Without one nothing is exported. */
  endpoint?: string;
  /** Sent with every export to `endpoint`. Never put a secret here in a page. */
  headers?: Record<string, string>;
  /** Tags of the session that starts by itself, as `agentops.tags` of the first span of each trace here. */
  tags?: string[];
  /** Whether there is a session without `startSession()`: one for the page, one for each request on a server. @default true */
  autoStartSession?: boolean;
  /**
   * Destinations that get trace headers and all baggage, besides the page's own origin (in a page) or loopback, private and cluster-internal
   * hosts (on a server). `false`: nobody gets any but whom `telemetry.context.outgoing` names. A redirect is a destination of its own in Node;
   * a page's requests take their headers along wherever they are redirected.
   */
  propagateTo?: Destination[] | false;
  /** Says on the console what the toolkit does. @default false */
  debug?: boolean;
  session?: {
    /** A session of a page ends after this time without activity. @default 1800000 (30 min) */
    idleTimeoutMs?: number;
    /** And after this time in any case. @default 14400000 (4 h) */
    maxDurationMs?: number;
    /** Shares the session of a page among the tabs of the origin. @default false */
    crossTab?: boolean;
  };
  telemetry?: {
    /** Backends. @default OTLP to `endpoint`, when there is one */
    exporters?: ExporterOption[];
    /** Backends besides those of `exporters`, or of `endpoint`. @default [] */
    additionalExporters?: ExporterOption[];
    context?: {
      /** Header formats, sent and understood in this order. @default sends w3c, understands w3c, b3 and b3multi */
      propagation?: PropagationName[];
      /** Baggage keys that become attributes of every span, besides `session.id` and `agent.id`. @default [] */
      baggageAttributes?: string[];
      /** Who gets which headers and which baggage; the first rule that matches decides, and goes before `propagateTo`. @default [] */
      outgoing?: OutgoingRule[];
      /** What is believed of requests that come in to a server; the first rule that matches decides. @default [], all of it */
      incoming?: IncomingRule[];
    };
    /** Which traces are kept. @default all that start here, and of those that arrive what their sender says */
    sampling?: SamplingOptions;
    /** Decides instead of `sampling.rate` and `sampling.rules`: any sampler of OpenTelemetry, such as `ParentBasedSampler`. */
    sampler?: SpanSampler;
    /** More of the resource: `resourceAttributes` go before what they find. In a page only with `@agentops/web/pipelines`. @default [] */
    resourceDetectors?: ResourceDetector[];
    /** Looks on at spans, or changes them at their start, before they go to the backends. */
    processors?: SpanProcessor[];
    plugins?: Plugin[];
    /**
     * Makes the spans by a tracer provider of the app's, of OpenTelemetry 2.x or 3.x: this one or, with `true`, whichever is registered. It decides
     * on resource and sampling. In a page this is for `init()` of `@agentops/web/otel`. @default false: by a provider of our own, beside any other
     */
    useExternalOtel?: boolean | TracerProvider;
    batch?: BatchSizes;
    /** Node only: of each span; what exceeds them is left out, and counted where OTLP has a field for it. With a provider of the app's, its own hold. */
    spanLimits?: SpanLimits;
    /**
     * Metrics of model calls, agents and tools, made of spans as they end, and of your own. `true` warns where there is nowhere to send them; `false` makes none.
     * In a page they need `@agentops/web/metrics`. @default where there is somewhere to send them
     */
    metrics?: boolean | MetricsOptions;
    /**
     * Node only: keeps spans in files until they are delivered, so that they outlive SIGKILL; those still open then arrive as interrupted. Each process
     * has a folder of its own in `folder`, and delivers what it finds there of processes that are gone. @default off
     */
    diskQueue?: {
      folder: string;
      /** For all backends of the process together; the oldest batches go first, as `disk-full`. @default 268435456 (256 MiB) */
      maxBytes?: number;
    };
  };
}

const MINUTE_MS = 60_000;

/** Limits of a page's session: what the field uses. */
export const SESSION_LIMITS = { idleTimeoutMs: 30 * MINUTE_MS, maxDurationMs: 240 * MINUTE_MS };
