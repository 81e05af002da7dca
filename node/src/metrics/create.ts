import { diagnostics, guard, type InitOptions, type Protocol } from '@agentops/shared';
import { createConsoleMetricExporter } from '@agentops/shared/metrics/console-metric-exporter';
import type { MetricExporterOption, MetricsOptions } from '@agentops/shared/metrics/options';
import { createOtlpMetricExporter, type OtlpMetricExporter } from '@agentops/shared/metrics/otlp-metric-exporter';
import { createPeriodicReader, timeoutOf } from '@agentops/shared/metrics/periodic-reader';
import { createMetricsPipeline } from '@agentops/shared/metrics/pipeline';
import type { MetricsParts, MetricsPipeline } from '@agentops/shared/platform';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { IMetricReader, PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { send } from '../send.js';
import { observeMemory } from './memory.js';
import { createPrometheusReader } from './prometheus.js';
import { metricTargets } from './targets.js';

const ENCODINGS = {
  'http/protobuf': { serializer: ProtobufMetricsSerializer, contentType: 'application/x-protobuf' },
  'http/json': { serializer: JsonMetricsSerializer, contentType: 'application/json' },
} as const satisfies Record<Protocol, unknown>;

interface Found {
  readonly settings: MetricsOptions;
  readonly options: InitOptions;
  /** Of the OTLP exporters, whose health is told. */
  readonly otlp: OtlpMetricExporter[];
}

/** Metrics of this process; `undefined` where they are off, or have nowhere to go. */
export function createMetrics(parts: MetricsParts): MetricsPipeline | undefined {
  const wanted = parts.options.telemetry?.metrics;
  if (wanted === false) return undefined;
  return guard('starting metrics', () => {
    const settings = typeof wanted === 'object' ? wanted : {};
    const found: Found = { settings, options: parts.options, otlp: [] };
    const { exporters = ['otlp'], readers = [] } = settings;
    const all = [
      ...exporters.flatMap(exporter => readersOf(exporter, found)),
      ...(readers as unknown as IMetricReader[]),
    ];
    // Without readers they go to a provider of the app's, which has its own.
    if (!all.length && wanted !== true) return undefined;
    const observe = all.length ? observeMemory : undefined;
    const pipeline = createMetricsPipeline({ ...parts, settings, readers: all, exporters: found.otlp, observe });
    if (!pipeline)
      diagnostics.warn(
        'metrics-nowhere',
        'metrics are on, but there is no OTLP backend to send them to: set `endpoint`',
      );
    return pipeline;
  });
}

function readersOf(exporter: MetricExporterOption, { settings, options, otlp }: Found): IMetricReader[] {
  const { temporality = 'cumulative' } = settings;
  if (exporter === 'prometheus') return [createPrometheusReader(settings)];
  if (exporter === 'console') return [createPeriodicReader(createConsoleMetricExporter(temporality), settings)];
  if (exporter !== 'otlp') return [createPeriodicReader(exporter as unknown as PushMetricExporter, settings)];
  return metricTargets(settings, options).map(({ protocol, ...target }) => {
    const timeoutMs = timeoutOf(settings);
    const created = createOtlpMetricExporter({ ...target, ...ENCODINGS[protocol], send, timeoutMs, temporality });
    otlp.push(created);
    return createPeriodicReader(created, settings);
  });
}
