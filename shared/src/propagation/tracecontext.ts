import {
  INVALID_SPANID,
  INVALID_TRACEID,
  isSpanContextValid,
  trace,
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { count } from '../telemetry/counters.js';
import { isTracingSuppressed } from '../suppression.js';
import { readHeader } from './carrier.js';
import { formatTracestate, parseTracestate } from './tracestate.js';
import { trimOws } from './whitespace.js';
import { activeSpan } from '../spans/active-span.js';

/*
 * W3C Trace Context level 2, https://www.w3.org/TR/trace-context-2/. Our own rather than OpenTelemetry's, which writes three hex digits for flags
 * above 0x0f, ids in upper case and an empty tracestate, and takes twice as long.
 */

/** Section 3.2.2.5: `sampled` and `random` are known, every other bit is sent as 0. */
const KNOWN_FLAGS = 0x03;

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}(?:-.*)?$/;
const EXACT_LENGTH = 55;

/** `traceparent` as a remote span context; `undefined` when it is not valid. */
export function parseTraceparent(header: string): SpanContext | undefined {
  const text = trimOws(header);
  if (!TRACEPARENT.test(text)) return undefined;
  // Section 3.2.4: version ff is never valid, version 00 is exact, higher ones may go on.
  if (text.startsWith('ff') || (text.startsWith('00') && text.length > EXACT_LENGTH)) return undefined;
  // By their places, which are fixed: a regular expression would make a list of its groups for every request.
  const traceId = text.slice(3, 35);
  const spanId = text.slice(36, 52);
  if (traceId === INVALID_TRACEID || spanId === INVALID_SPANID) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(text.slice(53, 55), 16) & KNOWN_FLAGS, isRemote: true };
}

export function formatTraceparent({ traceId, spanId, traceFlags = 0 }: SpanContext): string {
  // OpenTelemetry takes ids in upper case for valid, receivers must not.
  return `00-${traceId.toLowerCase()}-${spanId.toLowerCase()}-0${traceFlags & KNOWN_FLAGS}`;
}

export const traceContextPropagator: TextMapPropagator = {
  inject(ctx: Context, carrier: unknown, setter: TextMapSetter) {
    const spanContext = activeSpan(ctx)?.spanContext();
    if (!spanContext || !isSpanContextValid(spanContext) || isTracingSuppressed(ctx)) return;
    setter.set(carrier, 'traceparent', formatTraceparent(spanContext));
    const state = spanContext.traceState && formatTracestate(spanContext.traceState);
    if (state) setter.set(carrier, 'tracestate', state);
  },

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter) {
    const [header, ...others] = readHeader(carrier, getter, 'traceparent');
    if (header === undefined) return ctx;
    // Two traceparent headers are none: nobody can tell which is meant.
    const spanContext = others.length ? undefined : parseTraceparent(header);
    if (!spanContext) {
      count('traceparent.invalid');
      return ctx;
    }
    // Several header lines are one list, in their order.
    const lines = readHeader(carrier, getter, 'tracestate');
    const traceState = lines.length ? parseTracestate(lines.join(',')) : undefined;
    return trace.setSpanContext(ctx, traceState ? { ...spanContext, traceState } : spanContext);
  },

  fields: () => ['traceparent', 'tracestate'],
};
