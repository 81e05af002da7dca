import { AggregationType, createAllowListAttributesProcessor, type ViewOptions } from '@opentelemetry/sdk-metrics';
import { OVERFLOW_KEY } from './attribute-sets.js';
import type { MetricView } from './options.js';

/** Views as the SDK has them. Of a pattern with more than one `*` it (2.12) would read the first alone. */
export function toSdkViews(views: readonly MetricView[], cardinalityLimit: number): ViewOptions[] {
  return views.map(({ instrument, meter, name, description, attributes, buckets, drop }) => ({
    instrumentName: instrument,
    ...(meter !== undefined && { meterName: meter }),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(attributes && { attributesProcessors: [createAllowListAttributesProcessor([...attributes, OVERFLOW_KEY])] }),
    ...(buckets && {
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...buckets] } } as const,
    }),
    ...(drop && { aggregation: { type: AggregationType.DROP } as const }),
    aggregationCardinalityLimit: cardinalityLimit,
  }));
}

/** What of the attributes of an instrument makes its time series; `undefined` where all of them do. */
export function keptAttributes(
  views: readonly MetricView[],
  instrument: string,
  meter: string,
): ReadonlySet<string> | undefined {
  const own = views.filter(view => (view.meter ?? meter) === meter && matches(view.instrument, instrument));
  if (!own.length || !own.every(({ attributes, drop }) => attributes ?? drop)) return undefined;
  return new Set(own.flatMap(({ attributes = [] }) => attributes));
}

function matches(pattern: string, name: string): boolean {
  const [start = '', end] = pattern.split('*');
  if (end === undefined) return name === pattern;
  return name.length >= start.length + end.length && name.startsWith(start) && name.endsWith(end);
}
