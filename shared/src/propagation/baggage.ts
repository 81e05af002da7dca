import { propagation, type Context, type TextMapPropagator } from '@opentelemetry/api';
import { ArrivedBaggage } from '../baggage/arrived.js';
import type { ScopedBaggage } from '../baggage/scoped.js';
import { diagnostics } from '../diagnostics.js';
import { count } from '../telemetry/counters.js';
import { isTracingSuppressed } from '../suppression.js';
import { readHeader } from './carrier.js';

/** @param baggageOf all that is in force in a context, whether or not OpenTelemetry's own context carries it */
export function createBaggagePropagator(baggageOf: (ctx: Context) => ScopedBaggage): TextMapPropagator {
  return {
    inject(ctx, carrier, setter) {
      if (isTracingSuppressed(ctx)) return;
      const { header, dropped } = baggageOf(ctx).format();
      if (dropped) {
        count('baggage.dropped', dropped);
        diagnostics.warn('baggage-limit', `${dropped} baggage members did not fit into the header and stayed behind`);
      }
      if (header) setter.set(carrier, 'baggage', header);
    },

    extract(ctx, carrier, getter) {
      const headers = readHeader(carrier, getter, 'baggage');
      return headers.length ? propagation.setBaggage(ctx, new ArrivedBaggage(headers.join(','))) : ctx;
    },

    fields: () => ['baggage'],
  };
}
