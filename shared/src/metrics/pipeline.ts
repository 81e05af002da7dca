import type { Meter, MeterProvider as ApiProvider } from '@opentelemetry/api';
import { resourceFromAttributes, defaultResource } from '@opentelemetry/resources';
import { AggregationTemporality, InstrumentType, MeterProvider, type IMetricReader } from '@opentelemetry/sdk-metrics';
import { diagnostics } from '../diagnostics.js';
import type { MetricsParts, MetricsPipeline } from '../platform.js';
import { VERSION } from '../version.js';
import { createDimensions } from './dimensions.js';
import { foreignProvider, registerMeterProvider } from './global-provider.js';
import type { HistogramChoice } from './histogram-choice.js';
import type { OtlpMetricExporter } from './otlp-metric-exporter.js';
import type { MetricsOptions } from './options.js';
import { recordMeasured } from './measured-sampler.js';
import { createRecorder } from './recorder.js';
import { shapeMeters } from './shaped-meter.js';
import { startSource } from './slot.js';
import { createSpanMetrics } from './span-metrics.js';
import { toSdkViews } from './views.js';

export interface PipelineParts extends Pick<MetricsParts, 'resource' | 'sessions'> {
  readonly settings: MetricsOptions;
  readonly readers: readonly IMetricReader[];
  /** Of the readers, those whose health is told. */
  readonly exporters: readonly OtlpMetricExporter[];
  /** Told of the toolkit's own meter, for what is to be observed. */
  readonly observe?: ((meter: Meter) => void) | undefined;
  readonly histograms?: HistogramChoice | undefined;
  /** The provider that all else is measured with. */
  readonly watch?: ((provider: ApiProvider) => ApiProvider) | undefined;
}

/**
 * From the end of a span, or a measurement of the app's own, to the readers. Takes the place of OpenTelemetry's global MeterProvider where that is
 * free. Without readers everything goes to the provider that the app has registered; `undefined` where it has none.
 */
export function createMetricsPipeline(parts: PipelineParts): MetricsPipeline | undefined {
  const { sessions, settings, readers, exporters } = parts;
  const base = readers.length ? createProvider(parts) : foreignProvider();
  if (!base) return undefined;
  let invalidMeasurements = 0;
  const dimensions = createDimensions(sessions, settings.dimensions ?? []);
  const provider = shapeMeters(parts.watch?.(base) ?? base, {
    dimensions,
    // Of differences nothing is kept between two collections, and each has the SDK's own limit.
    cardinalityLimit: readers.every(isDelta) ? undefined : limitOf(settings),
    views: settings.views ?? [],
    drop() {
      invalidMeasurements++;
      diagnostics.warn('metrics-invalid', 'a measurement that is no finite number, or below zero, was left out');
    },
  });
  const meter = provider.getMeter('agentops', VERSION);
  parts.observe?.(base.getMeter('agentops', VERSION));
  const record = createRecorder(meter);
  const release = [
    readers.length ? registerMeterProvider(provider) : () => {},
    startSource({ getMeter: name => provider.getMeter(name), record }),
  ];
  return {
    ...createSpanMetrics(meter, { keepContext: dimensions !== undefined, record }),
    async forceFlush() {
      for (const exporter of exporters) exporter.hurry(true);
      await settleAll('flushed', readers, reader => reader.forceFlush());
      for (const exporter of exporters) exporter.hurry(false);
    },
    shutdown() {
      for (const give of release) give();
      for (const exporter of exporters) exporter.hurry(true);
      return settleAll('sent at the end', readers, reader => reader.shutdown());
    },
    health: () => ({ metrics: exporters.map(exporter => exporter.health()), invalidMeasurements }),
    around: recordMeasured,
  };
}

/** The SDK's own for an instrument, too. */
const CARDINALITY_LIMIT = 2_000;

export function limitOf({ cardinalityLimit = CARDINALITY_LIMIT }: MetricsOptions): number {
  return cardinalityLimit;
}

function createProvider({ resource, settings, readers, histograms }: PipelineParts): MeterProvider {
  const views = toSdkViews(settings.views ?? [], limitOf(settings));
  return new MeterProvider({
    resource: defaultResource().merge(resourceFromAttributes(resource)),
    readers: [...readers],
    views: histograms?.applyTo(views) ?? views,
  });
}

function isDelta(reader: IMetricReader): boolean {
  return reader.selectAggregationTemporality(InstrumentType.COUNTER) === AggregationTemporality.DELTA;
}

/** Each reader for itself: the SDK's own provider stops waiting for all when one fails. */
async function settleAll(
  what: string,
  readers: readonly IMetricReader[],
  work: (reader: IMetricReader) => Promise<void>,
): Promise<void> {
  const outcomes = await Promise.allSettled(readers.map(async reader => work(reader)));
  for (const outcome of outcomes)
    if (outcome.status === 'rejected')
      diagnostics.warn(`metrics ${what}`, `metrics could not be ${what}; the app goes on`, outcome.reason);
}
