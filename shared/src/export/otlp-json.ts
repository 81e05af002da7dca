import type { Attributes, HrTime, SpanContext } from '@opentelemetry/api';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { group } from './group.js';

/*
 * OTLP in JSON, https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. Our own rather than OpenTelemetry's, which writes out every default, so that a
 * page that closes gets fewer spans into its 64 KiB, and writes `NaN`, infinities and large numbers as what collectors refuse, and the batch with them.
 */

/** `JSON.stringify` leaves out what is `undefined`, and a receiver reads that as the default. */
export const otlpJsonSerializer: ISerializer<ReadableSpan[], unknown> = {
  serializeRequest: spans => {
    const resourceSpans = group(spans, span => span.resource).map(([resource, ofResource]) => ({
      resource: { attributes: toKeyValues(resource.attributes) },
      schemaUrl: resource.schemaUrl,
      scopeSpans: group(ofResource, span => span.instrumentationScope).map(
        ([{ name, version, schemaUrl }, ofScope]) => ({
          scope: { name, version },
          schemaUrl,
          spans: ofScope.map(toSpan),
        }),
      ),
    }));
    return new TextEncoder().encode(JSON.stringify({ resourceSpans }));
  },
  deserializeResponse: body => JSON.parse(new TextDecoder().decode(body)) as unknown,
};

function toSpan(span: ReadableSpan) {
  const { parentSpanContext: parent, status } = span;
  return {
    ...toIds(span.spanContext(), parent?.isRemote),
    parentSpanId: parent?.spanId || undefined,
    name: span.name,
    // The API has no value for "unspecified".
    kind: span.kind + 1,
    startTimeUnixNano: toNanos(span.startTime),
    endTimeUnixNano: toNanos(span.endTime),
    ...toAttributes(span),
    events: unlessEmpty(
      span.events.map(event => ({ name: event.name, timeUnixNano: toNanos(event.time), ...toAttributes(event) })),
    ),
    droppedEventsCount: span.droppedEventsCount || undefined,
    links: unlessEmpty(
      span.links.map(link => ({ ...toIds(link.context, link.context.isRemote), ...toAttributes(link) })),
    ),
    droppedLinksCount: span.droppedLinksCount || undefined,
    status: status.code ? status : undefined,
  };
}

/** The flags say of the parent, or of a link, whether it is remote, and that this is known. */
function toIds({ traceId, spanId, traceFlags, traceState }: SpanContext, isRemote = false) {
  return {
    traceId,
    spanId,
    traceState: traceState?.serialize() || undefined,
    flags: (traceFlags & 0xff) | (isRemote ? 0x300 : 0x100),
  };
}

function toAttributes(of: { attributes?: Attributes | undefined; droppedAttributesCount?: number | undefined }) {
  return {
    attributes: unlessEmpty(toKeyValues(of.attributes ?? {})),
    droppedAttributesCount: of.droppedAttributesCount || undefined,
  };
}

function toKeyValues(attributes: Readonly<Record<string, unknown>>) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toValue(value) }));
}

function toValue(value: unknown): object {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toValue) } };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') return toComposite(value);
  // The encoding of protobuf in JSON: 64-bit integers are texts, and so are the numbers that JSON does not know.
  if (Number.isSafeInteger(value)) return { intValue: String(value) };
  return { doubleValue: Number.isFinite(value) ? value : String(value) };
}

/** Spans of OpenTelemetry 3.x may have these. */
function toComposite(value: unknown): object {
  if (value instanceof Uint8Array)
    return { bytesValue: btoa(Array.from(value, byte => String.fromCharCode(byte)).join('')) };
  return value && typeof value === 'object'
    ? { kvlistValue: { values: toKeyValues(value as Record<string, unknown>) } }
    : {};
}

function toNanos([seconds, nanos]: HrTime): string {
  return `${seconds}${String(Math.trunc(nanos)).padStart(9, '0')}`;
}

function unlessEmpty<T>(list: T[]): T[] | undefined {
  return list.length ? list : undefined;
}
