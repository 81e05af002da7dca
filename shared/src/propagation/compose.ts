import { propagation, type Context, type TextMapPropagator } from '@opentelemetry/api';
import { ArrivedBaggage } from '../baggage/arrived.js';
import { LinkedContext } from '../session/linked-context.js';
import type { SessionManager } from '../session/manager.js';
import { createB3Propagator } from './b3.js';
import { createBaggagePropagator } from './baggage.js';
import { traceContextPropagator } from './tracecontext.js';

/** Names for configuration; `OTEL_PROPAGATORS` knows the same, but for `w3c`. */
export const PROPAGATION_NAMES = ['w3c', 'tracecontext', 'baggage', 'b3', 'b3multi', 'none'] as const;
export type PropagationName = (typeof PROPAGATION_NAMES)[number];

type Format = 'tracecontext' | 'b3' | 'b3multi' | 'baggage';

const FORMATS: Record<PropagationName, readonly Format[]> = {
  w3c: ['tracecontext', 'baggage'],
  tracecontext: ['tracecontext'],
  baggage: ['baggage'],
  b3: ['b3'],
  b3multi: ['b3multi'],
  none: [],
};

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
  const traces = understood.filter(name => name !== 'baggage').map(name => propagators[name]);
  const baggage = understood.filter(name => name === 'baggage').map(name => propagators[name]);
  return {
    inject(ctx, carrier, setter) {
      for (const format of outgoing) format.inject(ctx, carrier, setter);
    },

    extract(ctx, carrier, getter) {
      const start = new LinkedContext(ctx);
      let found: Context = start;
      for (const format of traces) {
        found = format.extract(start, carrier, getter);
        if (found !== start) break;
      }
      // Baggage that was active before must not pass for what arrived. A trace may stay: the API's rule where none arrives.
      const arrived = baggage.reduce(
        (at, format) => format.extract(at, carrier, getter),
        propagation.deleteBaggage(found),
      );
      return sessions.enterRequest(arrived, arrivedBaggage(arrived));
    },

    fields: () => [...new Set(outgoing.flatMap(format => format.fields()))],
  };
}

function formatsOf(names: readonly PropagationName[]): Format[] {
  return [...new Set(names.flatMap(name => FORMATS[name]))];
}

function arrivedBaggage(ctx: Context): ArrivedBaggage | undefined {
  const baggage = propagation.getBaggage(ctx);
  return baggage instanceof ArrivedBaggage ? baggage : undefined;
}
