import { SpanKind, SpanStatusCode, type Attributes, type AttributeValue, type HrTime } from '@opentelemetry/api';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';

/*
 * Zipkin's JSON, version 2, by the specification "OpenTelemetry to Zipkin Transformation". What it leaves open: attributes of the resource become tags, those of the
 * span go before them; links and trace state are left out.
 */

export const zipkinSerializer: ISerializer<ReadableSpan[], unknown> = {
  serializeRequest: spans => new TextEncoder().encode(JSON.stringify(spans.map(toZipkin))),
  // An answer has nothing in it.
  deserializeResponse: () => ({}),
};

/** A kind that is not here, `INTERNAL`, has none in Zipkin. */
const KINDS: Partial<Record<SpanKind, string>> = {
  [SpanKind.SERVER]: 'SERVER',
  [SpanKind.CLIENT]: 'CLIENT',
  [SpanKind.PRODUCER]: 'PRODUCER',
  [SpanKind.CONSUMER]: 'CONSUMER',
};

/** Where a span says whom it calls, the best first; those of an address with the port that belongs to it. */
const REMOTES: readonly (readonly [name: string, port?: string])[] = [
  ['peer.service'],
  ['server.address'],
  ['net.peer.name'],
  ['network.peer.address', 'network.peer.port'],
  ['server.socket.domain'],
  ['server.socket.address', 'server.socket.port'],
  ['net.sock.peer.name'],
  ['net.sock.peer.addr', 'net.sock.peer.port'],
  ['peer.hostname'],
  ['peer.address'],
  ['db.name'],
];

function toZipkin(span: ReadableSpan) {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    id: spanId,
    parentId: span.parentSpanContext?.spanId || undefined,
    name: span.name,
    kind: KINDS[span.kind],
    timestamp: toMicros(span.startTime),
    // Zipkin reads a duration of 0 as none.
    duration: Math.max(1, toMicros(span.duration)),
    localEndpoint: { serviceName: String(span.resource.attributes['service.name']) },
    remoteEndpoint: remoteOf(span),
    tags: tagsOf(span),
    annotations: span.events.length
      ? span.events.map(({ name, time, attributes }) => ({
          timestamp: toMicros(time),
          value: attributes && Object.keys(attributes).length ? `"${name}": ${JSON.stringify(attributes)}` : name,
        }))
      : undefined,
  };
}

/** Only of what calls: Zipkin draws the arrows between services by it. */
function remoteOf({ kind, attributes }: ReadableSpan): object | undefined {
  if (kind !== SpanKind.CLIENT && kind !== SpanKind.PRODUCER) return undefined;
  const [name, portName] = REMOTES.find(([candidate]) => attributes[candidate] !== undefined) ?? [];
  if (name === undefined) return undefined;
  const text = String(attributes[name]);
  if (portName === undefined) return { serviceName: text };
  const port = Number(attributes[portName]) || undefined;
  return text.includes(':') ? { ipv6: text, port } : { ipv4: text, port };
}

function tagsOf(span: ReadableSpan): Record<string, string> {
  const { name, version } = span.instrumentationScope;
  const { 'service.name': _, ...resource } = span.resource.attributes;
  const { error, ...attributes } = span.attributes;
  const isError = span.status.code === SpanStatusCode.ERROR;
  return toTags({
    ...resource,
    ...attributes,
    // Zipkin shows whatever has this tag as failed, also where it says "false".
    ...(error !== undefined && String(error) !== 'false' && { error }),
    ...(span.status.code !== SpanStatusCode.UNSET && { 'otel.status_code': SpanStatusCode[span.status.code] }),
    ...(isError && { error: span.status.message ?? '' }),
    'otel.scope.name': name,
    'otel.scope.version': version,
    'otel.dropped_attributes_count': span.droppedAttributesCount || undefined,
    'otel.dropped_events_count': span.droppedEventsCount || undefined,
    'otel.dropped_links_count': span.droppedLinksCount || undefined,
  });
}

function toTags(attributes: Attributes): Record<string, string> {
  const set = Object.entries(attributes).filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined);
  return Object.fromEntries(
    set.map(([key, value]) => [key, Array.isArray(value) ? JSON.stringify(value) : String(value)]),
  );
}

/** As a double it is exact until the year 2255. */
function toMicros([seconds, nanos]: HrTime): number {
  return seconds * 1e6 + Math.trunc(nanos / 1e3);
}
