import {
  AggregationType,
  createAllowListAttributesProcessor,
  InstrumentType,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { aggregationOf } from './aggregation.js';
import type { MetricsOptions, MetricView } from './options.js';

/** Views as the SDK has them. */
export function toSdkViews(
  { views = [], exporters, histogramAggregation }: MetricsOptions,
  cardinalityLimit: number,
): ViewOptions[] {
  // What a view makes goes to all readers, and Prometheus knows fixed bounds alone.
  const wanted = exporters?.includes('prometheus') ? undefined : histogramAggregation;
  return views.flatMap(view => {
    const base = { ...toSdkView(view), aggregationCardinalityLimit: cardinalityLimit };
    if (!wanted || base.aggregation) return [base];
    // Without one of its own a view has the SDK's default, not that of the reader as the specification wants.
    return Object.values(InstrumentType).map(instrumentType => ({
      ...base,
      instrumentType,
      aggregation: aggregationOf(wanted)(instrumentType),
    }));
  });
}

function toSdkView({ instrument, meter, name, description, attributes, buckets, drop }: MetricView): ViewOptions {
  return {
    instrumentName: instrument,
    ...(meter !== undefined && { meterName: meter }),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(attributes && { attributesProcessors: [createAllowListAttributesProcessor([...attributes])] }),
    ...(buckets && {
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...buckets] } } as const,
    }),
    ...(drop && { aggregation: { type: AggregationType.DROP } as const }),
  };
}
