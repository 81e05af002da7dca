import type { Meter, MeterProvider } from '@opentelemetry/api';
import type { IMetricReader, PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { diagnostics } from '../diagnostics.js';
import { guard } from '../guard.js';
import type { MetricsParts, MetricsPipeline, Protocol } from '../platform.js';
import { createConsoleMetricExporter } from './console-metric-exporter.js';
import type { HistogramChoice } from './histogram-choice.js';
import { createHttpMetricBackend, type MetricEncoding } from './http-metric-backend.js';
import type { MetricBackend } from './metric-backend.js';
import type { MetricExporterOption, MetricsOptions, Temporality } from './options.js';
import { createOtlpMetricExporter, type OtlpMetricExporter } from './otlp-metric-exporter.js';
import { createPeriodicReader, timeoutOf } from './periodic-reader.js';
import { createMetricsPipeline } from './pipeline.js';
import { metricTargets, type MetricTarget } from './targets.js';

/** What is different where metrics are made. */
export interface MetricsHost {
  readonly encodings: Readonly<Partial<Record<Protocol, MetricEncoding>>>;
  /** The one used unless configured. */
  readonly protocol: Protocol;
  /** Unless configured. */
  readonly temporality: Temporality;
  /** A page cannot be scraped. */
  createPrometheusReader?(settings: MetricsOptions): IMetricReader;
  /** Told of the toolkit's own meter, for what is to be observed. */
  observe?(meter: Meter): void;
  chooseHistograms?(settings: MetricsOptions): HistogramChoice | undefined;
  /** @default HTTP, as the platform sends it */
  connect?(target: MetricTarget & MetricEncoding): MetricBackend;
  /** The provider that all is measured with, given the one that does it. */
  watch?(provider: MeterProvider): MeterProvider;
  /** Told of each. */
  onOutlet?(outlet: MetricOutlet): void;
}

/** The way to one OTLP backend. */
export interface MetricOutlet {
  readonly reader: IMetricReader;
  readonly exporter: OtlpMetricExporter;
  readonly backend: MetricBackend;
}

interface Found extends MetricsParts {
  readonly host: MetricsHost;
  readonly settings: MetricsOptions;
  readonly temporality: Temporality;
  readonly histograms: HistogramChoice | undefined;
  /** Of the exporters, those whose health is told. */
  readonly otlp: OtlpMetricExporter[];
}

/** The metrics of a page or process; none where they are off, or have nowhere to go. */
export function createMetrics(parts: MetricsParts, host: MetricsHost): MetricsPipeline[] {
  const wanted = parts.options.telemetry?.metrics;
  if (wanted === false) return [];
  const pipeline = guard('starting metrics', () => start(parts, host, wanted));
  return pipeline ? [pipeline] : [];
}

function start(
  parts: MetricsParts,
  host: MetricsHost,
  wanted: true | MetricsOptions | undefined,
): MetricsPipeline | undefined {
  const settings = typeof wanted === 'object' ? wanted : {};
  const { exporters = ['otlp'], readers: own = [], temporality = host.temporality } = settings;
  const histograms = host.chooseHistograms?.(settings);
  const found: Found = { ...parts, host, settings, temporality, histograms, otlp: [] };
  const readers = [
    ...exporters.flatMap(exporter => readersOf(exporter, found)),
    ...(own as unknown as IMetricReader[]),
  ];
  if (!readers.length && wanted !== true) return undefined;
  const pipeline = createMetricsPipeline({
    ...parts,
    settings,
    readers,
    exporters: found.otlp,
    // A provider of the app's has what it wants of this.
    observe: readers.length ? host.observe : undefined,
    watch: host.watch,
    histograms,
  });
  if (!pipeline) diagnostics.warn('metrics-nowhere', 'metrics are on, but there is no OTLP backend: set `endpoint`');
  return pipeline;
}

function readersOf(exporter: MetricExporterOption, found: Found): IMetricReader[] {
  const { host, settings, temporality } = found;
  if (exporter === 'prometheus') return host.createPrometheusReader ? [host.createPrometheusReader(settings)] : [];
  if (exporter === 'console') return [createPeriodicReader(createConsoleMetricExporter(temporality), settings)];
  if (exporter !== 'otlp') return [createPeriodicReader(exporter as unknown as PushMetricExporter, settings)];
  return otlpReaders(found);
}

function otlpReaders({ host, settings, options, temporality, histograms, otlp, send }: Found): IMetricReader[] {
  return metricTargets(settings, options).flatMap(target => {
    const encoding = host.encodings[target.protocol ?? host.protocol];
    if (!encoding) return [];
    const wire = { ...target, ...encoding };
    const backend = host.connect?.(wire) ?? createHttpMetricBackend({ ...wire, send });
    const exporter = createOtlpMetricExporter({
      ...encoding,
      backend,
      timeoutMs: timeoutOf(settings),
      temporality,
      histograms,
    });
    otlp.push(exporter);
    const reader = createPeriodicReader(exporter, settings);
    host.onOutlet?.({ reader, exporter, backend });
    return [reader];
  });
}
