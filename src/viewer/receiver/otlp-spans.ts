import type { Attributes, SpanEvent, SpanKind, SpanLink, SpanStatus, ViewerSpan } from '../span.js';

/** A span as it stood on the wire, before its ids were checked. Ids are lower-case hex, or empty when unusable. */
export interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  kind: number;
  startNano: bigint;
  endNano: bigint;
  attributes: Attributes;
  events: SpanEvent[];
  links: SpanLink[];
  statusCode: number;
  statusMessage: string;
}

export interface WireScopeSpans {
  scope: { name: string; version: string };
  spans: WireSpan[];
}

export interface WireResourceSpans {
  resource: Attributes;
  scopeSpans: WireScopeSpans[];
}

export interface DecodedExport {
  spans: ViewerSpan[];
  /** Spans without a usable trace id or span id. */
  rejected: number;
}

const kinds: readonly SpanKind[] = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'];
const statuses: readonly SpanStatus['code'][] = ['unset', 'ok', 'error'];
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/** Both encodings meet here, so that they cannot differ in what they accept. */
export function toViewerSpans(request: WireResourceSpans[]): DecodedExport {
  const decoded: DecodedExport = { spans: [], rejected: 0 };
  for (const { resource, scopeSpans } of request) {
    const service = String(resource['service.name'] ?? '') || 'unknown_service';
    for (const { scope, spans } of scopeSpans) {
      const origin = { resource, service, scope: toScope(scope) };
      for (const span of spans) {
        if (hasValidIds(span)) decoded.spans.push({ ...toSpan(span), ...origin });
        else decoded.rejected += 1;
      }
    }
  }
  return decoded;
}

export function nanoToMs(nano: bigint): number {
  return Number(nano / 1_000n) / 1_000;
}

function hasValidIds(span: WireSpan): boolean {
  return TRACE_ID.test(span.traceId) && SPAN_ID.test(span.spanId);
}

function toSpan(span: WireSpan): Omit<ViewerSpan, 'resource' | 'service' | 'scope'> {
  const { traceId, spanId, parentSpanId, traceState, attributes, events, links } = span;
  return {
    traceId,
    spanId,
    ...(SPAN_ID.test(parentSpanId) && { parentSpanId }),
    ...(traceState && { traceState }),
    name: span.name || '(no name)',
    kind: kinds[span.kind] ?? 'internal',
    startMs: nanoToMs(span.startNano),
    durationMs: Math.max(0, Number(span.endNano - span.startNano) / 1e6),
    attributes,
    events,
    links,
    status: toStatus(span),
  };
}

function toStatus({ statusCode, statusMessage }: WireSpan): SpanStatus {
  return { code: statuses[statusCode] ?? 'unset', ...(statusMessage && { message: statusMessage }) };
}

function toScope({ name, version }: WireScopeSpans['scope']): ViewerSpan['scope'] {
  return { name, ...(version && { version }) };
}
