import {
  isSpanContextValid,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { isTracingSuppressed, TraceState } from '@opentelemetry/core';

/*
 * W3C Trace Context level 2, https://www.w3.org/TR/trace-context-2/. Our own rather than OpenTelemetry's: that one writes three hex
 * digits for flags above 0x0f and sends an empty tracestate. Its `TraceState` is used as it is.
 */

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const NO_TRACE = /^0+$/;

/** `traceparent` as a remote span context; `undefined` when it is not valid. */
export function parseTraceparent(header: string): SpanContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(header.trim()) ?? [];
  // Section 3.2.4: version ff is never valid, version 00 is exact, higher ones may go on.
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (NO_TRACE.test(traceId) || NO_TRACE.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & KNOWN_FLAGS, isRemote: true };
}

/** Section 3.2.2.5: `sampled` and `random`; every other bit is sent as 0. */
const KNOWN_FLAGS = 0x03;

export function formatTraceparent({ traceId, spanId, traceFlags = TraceFlags.NONE }: SpanContext): string {
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
    const header = getter.get(carrier, 'traceparent');
    // Two traceparent headers are none: nobody can tell which is meant.
    const spanContext = typeof header === 'string' ? parseTraceparent(header) : undefined;
    if (!spanContext) return ctx;
    const state = [getter.get(carrier, 'tracestate') ?? []].flat().join(',');
    return trace.setSpanContext(ctx, state ? { ...spanContext, traceState: new TraceState(state) } : spanContext);
  },

  fields: () => ['traceparent', 'tracestate'],
};
