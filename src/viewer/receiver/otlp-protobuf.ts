import { attribute } from './otlp-protobuf-values.js';
import {
  type DecodedExport,
  nanoToMs,
  toViewerSpans,
  type WireResourceSpans,
  type WireScopeSpans,
  type WireSpan,
} from './otlp-spans.js';
import {
  counted,
  createCursor,
  type Fields,
  fixed64,
  id,
  message,
  readBody,
  text,
  varint,
} from './protobuf-message.js';
import type { Attributes, SpanEvent, SpanLink } from '../span.js';

// Field numbers: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto

const event: Fields<SpanEvent> = {
  1: fixed64((target, nano) => (target.timeMs = nanoToMs(nano))),
  2: text((target, name) => (target.name = name)),
  3: attribute(),
};

const link: Fields<SpanLink> = {
  1: id(16, (target, traceId) => (target.traceId = traceId)),
  2: id(8, (target, spanId) => (target.spanId = spanId)),
  4: attribute(),
};

const status: Fields<Pick<WireSpan, 'statusCode' | 'statusMessage'>> = {
  2: text((target, statusMessage) => (target.statusMessage = statusMessage)),
  3: varint((target, code) => (target.statusCode = code)),
};

const span: Fields<WireSpan> = {
  1: id(16, (target, traceId) => (target.traceId = traceId)),
  2: id(8, (target, spanId) => (target.spanId = spanId)),
  3: text((target, traceState) => (target.traceState = traceState)),
  4: id(8, (target, parentSpanId) => (target.parentSpanId = parentSpanId)),
  5: text((target, name) => (target.name = name)),
  6: varint((target, kind) => (target.kind = kind)),
  7: fixed64((target, nano) => (target.startNano = nano)),
  8: fixed64((target, nano) => (target.endNano = nano)),
  9: attribute(),
  11: counted(message(event, createEvent, (target, value) => target.events.push(value))),
  13: counted(message(link, createLink, (target, value) => target.links.push(value))),
  15: message(status, createStatus, (target, value) => Object.assign(target, value)),
};

const scope: Fields<WireScopeSpans['scope']> = {
  1: text((target, name) => (target.name = name)),
  2: text((target, version) => (target.version = version)),
};

const scopeSpans: Fields<WireScopeSpans> = {
  1: message(scope, createScope, (target, value) => (target.scope = value)),
  2: counted(message(span, createSpan, (target, value) => target.spans.push(value))),
};

const resource: Fields<{ attributes: Attributes }> = { 1: attribute() };

const resourceSpans: Fields<WireResourceSpans> = {
  1: message(resource, createAttributes, (target, value) => (target.resource = value.attributes)),
  2: counted(message(scopeSpans, createScopeSpans, (target, value) => target.scopeSpans.push(value))),
};

const request: Fields<WireResourceSpans[]> = {
  1: counted(message(resourceSpans, createResourceSpans, (target, value) => target.push(value))),
};

/** Decodes an ExportTraceServiceRequest in protobuf. Throws on what is not one. */
export function decodeProtobufTraces(body: Uint8Array): DecodedExport {
  return toViewerSpans(readBody(createCursor(body), request, []));
}

function createAttributes(): { attributes: Attributes } {
  return { attributes: {} };
}

function createResourceSpans(): WireResourceSpans {
  return { resource: {}, scopeSpans: [] };
}

function createScopeSpans(): WireScopeSpans {
  return { scope: createScope(), spans: [] };
}

function createScope(): WireScopeSpans['scope'] {
  return { name: '', version: '' };
}

function createEvent(): SpanEvent {
  return { name: '', timeMs: 0, attributes: {} };
}

function createLink(): SpanLink {
  return { traceId: '', spanId: '', attributes: {} };
}

function createSpan(): WireSpan {
  return {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    traceState: '',
    name: '',
    kind: 0,
    startNano: 0n,
    endNano: 0n,
    attributes: {},
    events: [],
    links: [],
    ...createStatus(),
  };
}

function createStatus(): Pick<WireSpan, 'statusCode' | 'statusMessage'> {
  return { statusCode: 0, statusMessage: '' };
}
