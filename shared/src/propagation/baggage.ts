import { propagation, type Baggage, type Context, type TextMapPropagator } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { formatBaggage, parseBaggage } from '../baggage/codec.js';
import { diagnostics } from '../diagnostics.js';

/** @param baggageOf all that is in force in a context, whether or not OpenTelemetry's own context carries it */
export function createBaggagePropagator(baggageOf: (ctx: Context) => Baggage): TextMapPropagator {
  return {
    inject(ctx, carrier, setter) {
      if (isTracingSuppressed(ctx)) return;
      const { header, dropped } = formatBaggage(baggageOf(ctx).getAllEntries());
      if (dropped)
        diagnostics.warn('baggage-limit', `${dropped} baggage members did not fit into the header and stayed behind`);
      if (header) setter.set(carrier, 'baggage', header);
    },

    extract(ctx, carrier, getter) {
      const headers = [getter.get(carrier, 'baggage') ?? []].flat();
      const members = parseBaggage(headers.join(','));
      return members.length ? propagation.setBaggage(ctx, propagation.createBaggage(Object.fromEntries(members))) : ctx;
    },

    fields: () => ['baggage'],
  };
}
