import type { Meter, MeterProvider, MetricOptions } from '@opentelemetry/api';

/** What there has been to tell, but for what the toolkit says of itself. */
export interface MetricUse {
  measurements: number;
  /** Whether there are instruments that say something without being used. */
  isObserved: boolean;
}

/** Of the toolkit itself. */
const OWN_NAMES = /^otel\.sdk\./;

type Write = (...measurement: unknown[]) => void;

/** `provider`, with `use` kept up to date by its instruments. */
export function watchMeters(provider: MeterProvider, use: MetricUse): MeterProvider {
  return { getMeter: (...scope) => watchMeter(provider.getMeter(...scope), use) };
}

function watchMeter(meter: Meter, use: MetricUse): Meter {
  const written =
    <T extends object>(create: (name: string, options?: MetricOptions) => T, verb: keyof T) =>
    (name: string, options?: MetricOptions): T => {
      const instrument = create.call(meter, name, options);
      if (OWN_NAMES.test(name)) return instrument;
      const write = (instrument[verb] as Write).bind(instrument);
      const watched: Write = (...measurement) => {
        use.measurements++;
        write(...measurement);
      };
      return { [verb]: watched } as T;
    };
  const observed =
    <T>(create: (name: string, options?: MetricOptions) => T) =>
    (name: string, options?: MetricOptions): T => {
      if (!OWN_NAMES.test(name)) use.isObserved = true;
      return create.call(meter, name, options);
    };
  return {
    createCounter: written(meter.createCounter, 'add'),
    createUpDownCounter: written(meter.createUpDownCounter, 'add'),
    createHistogram: written(meter.createHistogram, 'record'),
    createGauge: written(meter.createGauge, 'record'),
    createObservableCounter: observed(meter.createObservableCounter),
    createObservableUpDownCounter: observed(meter.createObservableUpDownCounter),
    createObservableGauge: observed(meter.createObservableGauge),
    addBatchObservableCallback: (...of) => meter.addBatchObservableCallback(...of),
    removeBatchObservableCallback: (...of) => meter.removeBatchObservableCallback(...of),
  };
}
