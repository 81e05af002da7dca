import {
  isSpanContextValid,
  trace,
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { parseTracestate } from './tracestate.js';

/*
 * W3C Trace Context level 2, https://www.w3.org/TR/trace-context-2/. Our own rather than OpenTelemetry's, which writes three hex digits for flags
 * above 0x0f, sends an empty tracestate, and takes twice as long.
 */

/** Section 3.2.2.5: `sampled` and `random` are known, every other bit is sent as 0. */
const KNOWN_FLAGS = 0x03;

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const NO_TRACE = '00000000000000000000000000000000';
const NO_SPAN = '0000000000000000';

/** `traceparent` as a remote span context; `undefined` when it is not valid. */
export function parseTraceparent(header: string): SpanContext | undefined {
  const parts = TRACEPARENT.exec(header) ?? TRACEPARENT.exec(header.trim());
  if (!parts) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', rest] = parts;
  // Section 3.2.4: version ff is never valid, version 00 is exact, higher ones may go on.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & KNOWN_FLAGS, isRemote: true };
}

export function formatTraceparent({ traceId, spanId, traceFlags = 0 }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & KNOWN_FLAGS}`;
}

export const traceContextPropagator: TextMapPropagator = {
  inject(ctx: Context, carrier: unknown, setter: TextMapSetter) {
    const spanContext = trace.getSpanContext(ctx);
    if (!spanContext || !isSpanContextValid(spanContext) || isTracingSuppressed(ctx)) return;
    setter.set(carrier, 'traceparent', formatTraceparent(spanContext));
    const state = spanContext.traceState?.serialize();
    if (state) setter.set(carrier, 'tracestate', state);
  },

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter) {
    const headers = getter.get(carrier, 'traceparent');
    // Two traceparent headers are none: nobody can tell which is meant.
    const header = Array.isArray(headers) && headers.length === 1 ? headers[0] : headers;
    const spanContext = typeof header === 'string' ? parseTraceparent(header) : undefined;
    if (!spanContext) return ctx;
    const traceState = readTracestate(carrier, getter);
    return trace.setSpanContext(ctx, traceState ? { ...spanContext, traceState } : spanContext);
  },

  fields: () => ['traceparent', 'tracestate'],
};

/** Several header lines are one list, in their order. */
function readTracestate(carrier: unknown, getter: TextMapGetter): SpanContext['traceState'] {
  const header = getter.get(carrier, 'tracestate');
  return header === undefined ? undefined : parseTracestate(Array.isArray(header) ? header.join(',') : header);
}
