import { propagation, trace, type Context, type TextMapPropagator } from '@opentelemetry/api';
import type { SessionManager } from '../session/manager.js';
import { createB3Propagator } from './b3.js';
import { createBaggagePropagator } from './baggage.js';
import { traceContextPropagator } from './tracecontext.js';

/** Names for configuration; `OTEL_PROPAGATORS` knows the same, but for `w3c`. */
export const PROPAGATION_NAMES = ['w3c', 'tracecontext', 'baggage', 'b3', 'b3multi', 'none'] as const;
export type PropagationName = (typeof PROPAGATION_NAMES)[number];

/** Every header any of our formats uses: what is stale when a new one is written. */
export const TRACE_HEADERS = [
  'traceparent',
  'tracestate',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-sampled',
  'x-b3-flags',
  'x-b3-parentspanid',
] as const;

/**
 * One propagator out of the configured formats. Unconfigured, `w3c` is sent and `w3c`, `b3` and `b3multi` are understood; a
 * configured list is used both ways. Every format is injected; of those extracted the first that names a trace wins.
 */
export function composePropagators(
  configured: readonly PropagationName[] | undefined,
  sessions: SessionManager,
): TextMapPropagator {
  const outgoing = formats(configured ?? ['w3c'], sessions);
  const incoming = configured ? outgoing : formats(['w3c', 'b3', 'b3multi'], sessions);
  return {
    inject(ctx, carrier, setter) {
      for (const format of outgoing) format.inject(ctx, carrier, setter);
    },

    extract(ctx, carrier, getter) {
      // What was active before must not pass for what arrived.
      const fresh = propagation.deleteBaggage(trace.deleteSpan(ctx));
      const arrived = incoming.reduce((found, format) => merge(found, format.extract(found, carrier, getter)), fresh);
      const withTrace = trace.getSpan(arrived) ? arrived : copySpan(ctx, arrived);
      return sessions.enterRequest(withTrace, propagation.getBaggage(arrived));
    },

    fields: () => [...new Set(outgoing.flatMap(format => format.fields()))],
  };
}

/** `later` was extracted on top of `found`; a trace that `found` had already stays. */
function merge(found: Context, later: Context): Context {
  const span = trace.getSpan(found);
  return span ? trace.setSpan(later, span) : later;
}

/** The API's rule for `extract`: where nothing arrived, the context stays as it was. */
function copySpan(from: Context, to: Context): Context {
  const span = trace.getSpan(from);
  return span ? trace.setSpan(to, span) : to;
}

function formats(names: readonly PropagationName[], sessions: SessionManager): TextMapPropagator[] {
  const baggage = () => createBaggagePropagator(ctx => sessions.baggage(ctx));
  const table: Record<PropagationName, () => TextMapPropagator[]> = {
    w3c: () => [traceContextPropagator, baggage()],
    tracecontext: () => [traceContextPropagator],
    baggage: () => [baggage()],
    b3: () => [createB3Propagator('single')],
    b3multi: () => [createB3Propagator('multi')],
    none: () => [],
  };
  return [...new Set(names)].flatMap(name => table[name]());
}
