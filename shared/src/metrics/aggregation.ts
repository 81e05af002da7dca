import { AggregationType, InstrumentType, type AggregationOption } from '@opentelemetry/sdk-metrics';
import type { HistogramAggregation } from './options.js';

const DEFAULT: AggregationOption = { type: AggregationType.DEFAULT };
const EXPONENTIAL: AggregationOption = { type: AggregationType.EXPONENTIAL_HISTOGRAM };

/** What becomes of an instrument that no view is for. The advice of a histogram about its buckets is for those of fixed bounds. */
export function aggregationOf(
  histograms: HistogramAggregation | undefined,
): (type: InstrumentType) => AggregationOption {
  const isExponential = histograms === 'base2_exponential_bucket_histogram';
  return type => (isExponential && type === InstrumentType.HISTOGRAM ? EXPONENTIAL : DEFAULT);
}
