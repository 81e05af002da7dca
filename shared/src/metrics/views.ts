import { AggregationType, createAllowListAttributesProcessor, type ViewOptions } from '@opentelemetry/sdk-metrics';
import type { MetricView } from './options.js';

/** Views as the SDK has them. */
export function toSdkViews(views: readonly MetricView[], cardinalityLimit: number): ViewOptions[] {
  return views.map(({ instrument, meter, name, description, attributes, buckets, drop }) => ({
    instrumentName: instrument,
    ...(meter !== undefined && { meterName: meter }),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(attributes && { attributesProcessors: [createAllowListAttributesProcessor([...attributes])] }),
    ...(buckets && {
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...buckets] } } as const,
    }),
    ...(drop && { aggregation: { type: AggregationType.DROP } as const }),
    aggregationCardinalityLimit: cardinalityLimit,
  }));
}
