import {
  context,
  INVALID_TRACEID,
  trace,
  type SpanContext,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';

import { forTracer } from '../spans/active-span.js';
import { patchTracers } from './patch-tracers.js';

/** W3C Trace Context level 2, section 3.2.2.5.2: the right-most 7 bytes of the trace id are random. */
const RANDOM = 0x02;

/**
 * Makes all spans of `provider` keep the random flag of their trace, and set it on traces that start here, whose ids are random.
 * OpenTelemetry computes flags from sampling alone, so a trace that arrives as random would leave as not.
 */
export function keepRandomFlag<T extends TracerProvider>(provider: T): T {
  return patchTracers(provider, flag);
}

function flag(tracer: Tracer): void {
  const startSpan = tracer.startSpan.bind(tracer);
  tracer.startSpan = (name, options, from = context.active()) => {
    const ctx = forTracer(from);
    const span = startSpan(name, options, ctx);
    const spanContext: { -readonly [K in keyof SpanContext]: SpanContext[K] } = span.spanContext();
    const parent = options?.root ? undefined : trace.getSpanContext(ctx);
    const startsHere = parent?.traceId !== spanContext.traceId;
    // A suppressed span has the one invalid context that everybody shares.
    const flagged = startsHere ? spanContext.traceId !== INVALID_TRACEID : parent.traceFlags & RANDOM;
    if (flagged) spanContext.traceFlags |= RANDOM;
    return span;
  };
}
