import type { AggregationOption, InstrumentType, ViewOptions } from '@opentelemetry/sdk-metrics';

/** What histograms are to be, where that is not what the SDK makes of them by itself. */
export interface HistogramChoice {
  /** Of an instrument that no view is for. */
  selectAggregation(type: InstrumentType): AggregationOption;
  /** `views`, where it holds too. */
  applyTo(views: ViewOptions[]): ViewOptions[];
}
