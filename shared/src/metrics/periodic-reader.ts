import { PeriodicExportingMetricReader, type IMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { MAX_TIMER_MS } from '../timers.js';
import type { MetricsOptions } from './options.js';
import { limitOf } from './pipeline.js';

/** What OpenTelemetry's specification has, and for one export what OTLP's has. */
const INTERVAL_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** How long one export may take. The SDK wants it to be over before the next. */
export function timeoutOf({ timeoutMs = TIMEOUT_MS, intervalMs = INTERVAL_MS }: MetricsOptions): number {
  return Math.min(timeoutMs, intervalMs);
}

/** Has `exporter` export at every interval. */
export function createPeriodicReader(exporter: PushMetricExporter, settings: MetricsOptions): IMetricReader {
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: Math.min(settings.intervalMs ?? INTERVAL_MS, MAX_TIMER_MS),
    exportTimeoutMillis: timeoutOf(settings),
    cardinalityLimits: { default: limitOf(settings) },
  });
}
