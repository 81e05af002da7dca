import { Buffer } from 'node:buffer';
import { toAttributes } from './otlp-json-values.js';
import { type Budget, createBudget, spend } from './otlp-limits.js';
import { type DecodedExport, nanoToMs, toViewerSpans, type WireResourceSpans, type WireSpan } from './otlp-spans.js';
import { isObject, type JsonObject, objectsIn, textIn } from './json-object.js';
import type { SpanEvent, SpanLink } from '../span.js';

/** Up to 20 digits holds every 64-bit time; without the bound, BigInt of a megabyte of digits takes minutes. */
const DIGITS = /^\d{1,20}$/;
const HEX = /^[0-9a-fA-F]+$/;

/** Decodes an ExportTraceServiceRequest in OTLP's JSON. Throws on what is not one. */
export function decodeJsonTraces(body: Uint8Array): DecodedExport {
  const request: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  if (!isObject(request)) throw new Error('expected a JSON object');
  const budget = createBudget();
  return toViewerSpans(objectsIn(request, 'resourceSpans').map(entry => toResourceSpans(entry, budget)));
}

function toResourceSpans(entry: JsonObject, budget: Budget): WireResourceSpans {
  const resource = isObject(entry['resource']) ? entry['resource'] : {};
  return {
    resource: toAttributes(resource, budget),
    scopeSpans: objectsIn(entry, 'scopeSpans').map(scopeSpans => {
      const scope = isObject(scopeSpans['scope']) ? scopeSpans['scope'] : {};
      return {
        scope: { name: textIn(scope, 'name'), version: textIn(scope, 'version') },
        spans: objectsIn(scopeSpans, 'spans').map(span => toWireSpan(span, budget)),
      };
    }),
  };
}

function toWireSpan(span: JsonObject, budget: Budget): WireSpan {
  spend(budget);
  const status = isObject(span['status']) ? span['status'] : {};
  return {
    traceId: toHexId(span['traceId'], 16),
    spanId: toHexId(span['spanId'], 8),
    parentSpanId: toHexId(span['parentSpanId'], 8),
    traceState: textIn(span, 'traceState'),
    name: textIn(span, 'name'),
    kind: Number(span['kind'] ?? 0),
    startNano: toNano(span['startTimeUnixNano']),
    endNano: toNano(span['endTimeUnixNano']),
    attributes: toAttributes(span, budget),
    events: objectsIn(span, 'events').map(event => toEvent(event, budget)),
    links: objectsIn(span, 'links').map(link => toLink(link, budget)),
    statusCode: Number(status['code'] ?? 0),
    statusMessage: textIn(status, 'message'),
  };
}

function toEvent(event: JsonObject, budget: Budget): SpanEvent {
  spend(budget);
  return {
    name: textIn(event, 'name'),
    timeMs: nanoToMs(toNano(event['timeUnixNano'])),
    attributes: toAttributes(event, budget),
  };
}

function toLink(link: JsonObject, budget: Budget): SpanLink {
  spend(budget);
  return {
    traceId: toHexId(link['traceId'], 16),
    spanId: toHexId(link['spanId'], 8),
    attributes: toAttributes(link, budget),
  };
}

/** OTLP/JSON ids are hex, but exporters built on plain protobuf-to-JSON write base64. */
function toHexId(id: unknown, byteLength: number): string {
  if (typeof id !== 'string' || id.length > byteLength * 2) return '';
  if (id.length === byteLength * 2) return HEX.test(id) ? id.toLowerCase() : '';
  const bytes = Buffer.from(id, 'base64');
  return bytes.length === byteLength ? bytes.toString('hex') : '';
}

function toNano(time: unknown): bigint {
  if (time === undefined || time === null) return 0n;
  if (typeof time === 'number' && Number.isFinite(time)) return BigInt(Math.trunc(time));
  if (typeof time === 'string' && DIGITS.test(time)) return BigInt(time);
  throw new Error('a time is not a number of nanoseconds');
}
