import { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics';
import type { Temporality } from './options.js';

/** What each preference has sent as a difference; everything else is a sum since the start. OTLP exporter specification, "Additional environment variables". */
const DELTA: Readonly<Record<Temporality, readonly InstrumentType[]>> = {
  cumulative: [],
  delta: [
    InstrumentType.COUNTER,
    InstrumentType.OBSERVABLE_COUNTER,
    InstrumentType.HISTOGRAM,
    InstrumentType.GAUGE,
    InstrumentType.OBSERVABLE_GAUGE,
  ],
  lowmemory: [InstrumentType.COUNTER, InstrumentType.HISTOGRAM],
};

export function temporalityOf(preference: Temporality): (type: InstrumentType) => AggregationTemporality {
  return type => (DELTA[preference].includes(type) ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE);
}
