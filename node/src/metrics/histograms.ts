import type { HistogramChoice } from '@agentops/shared/metrics/histogram-choice';
import type { MetricsOptions } from '@agentops/shared/metrics/options';
import { AggregationType, InstrumentType, type AggregationOption } from '@opentelemetry/sdk-metrics';

/** The advice of an instrument about its buckets is for fixed bounds, and does not hold here. */
export function chooseHistograms({ histogramAggregation, exporters }: MetricsOptions): HistogramChoice | undefined {
  if (histogramAggregation !== 'base2_exponential_bucket_histogram') return undefined;
  return {
    selectAggregation,
    applyTo(views) {
      // What a view makes goes to all readers, and Prometheus knows fixed bounds alone.
      if (exporters?.includes('prometheus')) return views;
      // A view that says nothing of it has the SDK's default, not that of the reader as the specification wants.
      return views.flatMap(view => (view.aggregation ? [view] : TYPES.map(type => ({ ...view, ...only(type) }))));
    },
  };
}

const TYPES = Object.values(InstrumentType);

function only(instrumentType: InstrumentType) {
  return { instrumentType, aggregation: selectAggregation(instrumentType) };
}

function selectAggregation(type: InstrumentType): AggregationOption {
  return {
    type: type === InstrumentType.HISTOGRAM ? AggregationType.EXPONENTIAL_HISTOGRAM : AggregationType.DEFAULT,
  };
}
