import type { Attributes, Context, Link, SpanKind, TraceState } from '@opentelemetry/api';

/** Any OpenTelemetry `Sampler`, of 2.x or 3.x. */
export interface SpanSampler {
  shouldSample(
    context: Context,
    traceId: string,
    ...span: [name: string, kind: SpanKind, attributes: Attributes, links: Link[]]
  ): SpanSamplingResult;
}

export interface SpanSamplingResult {
  /** 0: not recorded, 1: recorded, not sampled, 2: recorded and sampled. */
  decision: number;
  attributes?: Readonly<Attributes>;
  traceState?: TraceState;
}

/** By the order of OpenTelemetry's `SpanKind`. */
export const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const;

/**
 * Spans of a kind: what is named here must all hold, and what is not named does not matter. In texts `*` is any run of characters.
 * Where a span has no such attribute, the baggage of that name counts as one when the span starts.
 */
export interface SpanMatch {
  name?: string;
  kind?: (typeof KINDS)[number];
  /** `service.name` of the page or process. */
  service?: string;
  /** A value to be equal to, or `{ min }`: a number that is at least that. Of a list one item must match. */
  attributes?: Record<string, string | number | boolean | { min: number }>;
  /** `agent.id` */
  agent?: string;
  /** `http.route`, before it is known `url.path`. */
  route?: string;
  /** `session.id` */
  session?: string;
}

export interface SamplingRule extends SpanMatch {
  /** Share of the sessions whose matching traces are kept, from 0 to 1. */
  rate: number;
}

/** Which traces are kept. What has a parent, here or elsewhere, follows it. */
export interface SamplingOptions {
  /** Share of the sessions that are kept, from 0 to 1; of traces without a session so many. @default 1 */
  rate?: number;
  /** Node only: for traces that start here, matched against what is known of their first span then. The first that matches decides, not `rate`. @default [] */
  rules?: SamplingRule[];
  /** Node only: keeps what is worth it of the traces that are not sampled. Their spans are held in memory until it is known. @default off */
  tail?: TailOptions;
}

/** What is worth keeping. What is held beyond the limits is decided early, oldest first: as not sampled, unless it is slow by then. */
export interface TailOptions {
  /** Traces with a span whose status is an error. @default true */
  keepErrors?: boolean;
  /** Traces whose first span here takes at least so long. @default none */
  slowerThanMs?: number;
  /** Traces with a span that matches one of these when it ends. @default [] */
  rules?: SpanMatch[];
  /** Traces that are held. @default 5000 */
  maxTraces?: number;
  /** Spans of theirs, open or ended. @default 20000 */
  maxSpans?: number;
  /** How long one is held that still has open spans; at least `slowerThanMs`. @default 300000 (5 min) */
  waitMs?: number;
}
