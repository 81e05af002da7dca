import { propagation, type Context, type TextMapPropagator } from '@opentelemetry/api';
import { ArrivedBaggage } from '../baggage/arrived.js';
import { guard } from '../guard.js';
import { LinkedContext } from '../session/linked-context.js';
import type { SessionManager } from '../session/manager.js';
import { createB3Propagator } from './b3.js';
import { createBaggagePropagator } from './baggage.js';
import { firstTrace } from './first-trace.js';
import { traceContextPropagator } from './tracecontext.js';

/** Names for configuration; `OTEL_PROPAGATORS` knows the same, but for `w3c`. */
export const PROPAGATION_NAMES = ['w3c', 'tracecontext', 'baggage', 'b3', 'b3multi', 'none'] as const;
export type PropagationName = (typeof PROPAGATION_NAMES)[number];

type Format = 'tracecontext' | 'b3' | 'b3multi' | 'baggage';

/** The names that stand for other than one format. */
const GROUPS: Partial<Record<PropagationName, readonly Format[]>> = { w3c: ['tracecontext', 'baggage'], none: [] };

/** Every header of our trace formats: what is stale when a new one is written. */
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
 * It stands in OpenTelemetry's globals, where nothing but itself keeps its faults from the app.
 */
export function composePropagators(
  configured: readonly PropagationName[] | undefined,
  sessions: SessionManager,
): TextMapPropagator {
  const propagators: Record<Format, TextMapPropagator> = {
    tracecontext: traceContextPropagator,
    b3: createB3Propagator('single'),
    b3multi: createB3Propagator('multi'),
    baggage: createBaggagePropagator(ctx => sessions.baggage(ctx)),
  };
  const sent = formatsOf(configured ?? ['w3c']);
  const understood = formatsOf(configured ?? ['w3c', 'b3', 'b3multi']);
  const outgoing = sent.map(name => propagators[name]);
  const traces = understood.filter(name => name !== 'baggage').map(name => propagators[name].extract);
  // Both encodings of B3 are read by one function.
  const extractTrace = firstTrace([...new Set(traces)]);
  const baggage = understood.includes('baggage') && propagators.baggage;
  return {
    inject(ctx, carrier, setter) {
      guard('injecting context', () => outgoing.forEach(format => format.inject(ctx, carrier, setter)));
    },

    extract(ctx, carrier, getter) {
      const found = extractTrace(new LinkedContext(ctx), carrier, getter);
      // Baggage that was active before must not pass for what arrived. A trace may stay: the API's rule where none arrives.
      const clean = propagation.deleteBaggage(found);
      const arrived = baggage ? baggage.extract(clean, carrier, getter) : clean;
      return sessions.enterRequest(arrived, arrivedBaggage(arrived));
    },

    fields: () => [...new Set(outgoing.flatMap(format => format.fields()))],
  };
}

function formatsOf(names: readonly PropagationName[]): Format[] {
  return [...new Set(names.flatMap(name => GROUPS[name] ?? (name as Format)))];
}

function arrivedBaggage(ctx: Context): ArrivedBaggage | undefined {
  const baggage = propagation.getBaggage(ctx);
  return baggage instanceof ArrivedBaggage ? baggage : undefined;
}
