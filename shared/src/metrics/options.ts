import type { TlsOptions } from '../config/exporter-options.js';

/** Where metrics go. `'otlp'`: to every OTLP backend of the configuration, or to `endpoint` below. */
export type MetricExporterOption = 'otlp' | 'prometheus' | 'console' | MetricExporter;

/** Any `PushMetricExporter` of OpenTelemetry. */
export interface MetricExporter {
  export(metrics: never, done: (result: { code: number; error?: Error }) => void): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Any `MetricReader` of OpenTelemetry, not registered anywhere yet. */
export interface MetricReaderLike {
  collect(options?: never): Promise<unknown>;
  forceFlush(options?: never): Promise<void>;
  shutdown(options?: never): Promise<void>;
}

/** Whether a counter is sent with what was added since the start (`cumulative`) or since it was last sent (`delta`). */
export const TEMPORALITIES = ['cumulative', 'delta', 'lowmemory'] as const;
export type Temporality = (typeof TEMPORALITIES)[number];

/** What a histogram is sent as: with fixed bounds, or with those that suit its values, https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram. */
export const HISTOGRAM_AGGREGATIONS = ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'] as const;
export type HistogramAggregation = (typeof HISTOGRAM_AGGREGATIONS)[number];

/** Changes what becomes of some instruments. An instrument that several match has a stream for each. */
export interface MetricView {
  /** Name of the instrument; one `*` in it is any run of characters. */
  instrument: string;
  /** Of the meter, exactly. @default any */
  meter?: string;
  /** Of the metric, where `instrument` has no `*`. @default the instrument's */
  name?: string;
  description?: string;
  /** The attributes that are kept. @default all */
  attributes?: string[];
  /** Upper bounds of a histogram, rising. */
  buckets?: number[];
  /** Has nothing recorded. */
  drop?: boolean;
}

/** `telemetry.metrics`. */
export interface MetricsOptions {
  /** @default OTLP to every backend that is configured by its base URL; in a page to `endpoint` */
  exporters?: MetricExporterOption[];
  /** Base URL, to which `/v1/metrics` is added, or for gRPC (Node) a URL or host and port. @default those of the OTLP backends of spans */
  endpoint?: string;
  /** The URL of metrics, which nothing is added to; goes before `endpoint`. */
  url?: string;
  /** @default those of the backend */
  headers?: Record<string, string>;
  /**
   * A backend of spans that speaks gRPC gets its metrics by gRPC too, whatever is said here.
   * @default that of the backend; of an `endpoint` or `url` as for spans
   */
  protocol?: 'http/json' | 'http/protobuf' | 'grpc';
  /** Node only. @default that of the backend */
  compression?: 'gzip' | 'none';
  /** Node only. @default that of the backend, part by part */
  tls?: TlsOptions;
  /** Node only: no TLS for gRPC to an endpoint without scheme. @default true for loopback, private and cluster-internal hosts */
  insecure?: boolean;
  /** Between exports. @default 60000 */
  intervalMs?: number;
  /** For one export, its repeats included; no longer than `intervalMs`. @default 10000 */
  timeoutMs?: number;
  /** Of what is pushed. Prometheus takes `cumulative` alone. @default 'cumulative' */
  temporality?: Temporality;
  /**
   * Node only: what OTLP sends every histogram as, unless a view has `buckets` for it; where Prometheus is an exporter too, any view keeps fixed
   * bounds. @default 'explicit_bucket_histogram'
   */
  histogramAggregation?: HistogramAggregation;
  /** Baggage keys, such as `agent.id` or `tenant.id`, that become attributes of every measurement. @default [] */
  dimensions?: string[];
  /** Attribute sets of one instrument; what exceeds them is counted under `otel.metric.overflow`. @default 2000 */
  cardinalityLimit?: number;
  views?: MetricView[];
  /** Readers of your own. */
  readers?: MetricReaderLike[];
  /** Where a Prometheus server finds `/metrics`. @default { host: '127.0.0.1', port: 9464 } */
  prometheus?: { host?: string; port?: number };
}
