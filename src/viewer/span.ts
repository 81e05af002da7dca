export type Attributes = Record<string, unknown>;

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanEvent {
  name: string;
  timeMs: number;
  attributes: Attributes;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  attributes: Attributes;
}

export interface SpanStatus {
  code: 'unset' | 'ok' | 'error';
  message?: string;
}

/** One ended span as the viewer keeps and serves it; equal for both OTLP encodings. */
export interface ViewerSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  name: string;
  kind: SpanKind;
  /** Milliseconds since the Unix epoch, with the fraction that a double can hold (about 0.25 µs). */
  startMs: number;
  durationMs: number;
  attributes: Attributes;
  events: SpanEvent[];
  links: SpanLink[];
  status: SpanStatus;
  resource: Attributes;
  service: string;
  scope: { name: string; version?: string };
}
