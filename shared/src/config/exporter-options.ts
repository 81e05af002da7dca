import type { Attributes, HrTime, SpanContext, SpanKind, SpanStatus } from '@opentelemetry/api';

/** Backends that a page does not carry. */
export type NodeExporterOption = ZipkinExporterOption | FileExporterOption | MemoryExporterOption;

/** Paths of PEM files, or what would be in them. */
export interface TlsOptions {
  /** Who is trusted. @default those that Node trusts */
  ca?: string;
  /** The client's certificate chain, and its private key. */
  cert?: string;
  key?: string;
}

/** Zipkin's JSON, version 2. */
export interface ZipkinExporterOption {
  type: 'zipkin';
  /** The whole URL. @default 'http://localhost:9411/api/v2/spans' */
  endpoint?: string;
  headers?: Record<string, string>;
  /** For one attempt, in milliseconds. @default that of the batch */
  timeoutMs?: number;
  tls?: TlsOptions;
}

/** OTLP/JSON, one request per line, https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/. */
export interface FileExporterOption {
  type: 'file';
  path: string;
  /** A file that would be larger is renamed to `<path>.1`, in place of an earlier one. @default 67108864 (64 MiB) */
  maxBytes?: number;
}

/** Keeps ended spans, for tests of apps. */
export interface MemoryExporterOption {
  type: 'memory';
  /** Where they go. */
  spans: MemorySpan[];
  /** The oldest go first. @default 10000 */
  maxSpans?: number;
}

/** An ended span, as OpenTelemetry's SDK has it. */
export interface MemorySpan {
  readonly name: string;
  readonly kind: SpanKind;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly time: HrTime; readonly attributes?: Attributes }[];
  readonly links: readonly { readonly context: SpanContext; readonly attributes?: Attributes }[];
  readonly resource: { readonly attributes: Attributes };
}
