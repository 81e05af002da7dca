import { ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { BackendHealth } from '../api.js';
import { backoffMs } from '../export/retry.js';
import { startTimer } from '../timers.js';
import type { HistogramChoice } from './histogram-choice.js';
import type { MetricEncoding } from './http-metric-backend.js';
import type { MetricBackend } from './metric-backend.js';
import { createMetricLedger, type MetricLedger } from './metric-ledger.js';
import { createMetricQueue, type EncodedMetrics } from './metric-queue.js';
import type { Temporality } from './options.js';
import { temporalityOf } from './temporality.js';

export interface OtlpMetricExporterOptions extends Pick<MetricEncoding, 'serializer'> {
  readonly backend: MetricBackend;
  /** For one export, its repeats included. */
  readonly timeoutMs: number;
  readonly temporality: Temporality;
  readonly histograms: HistogramChoice | undefined;
}

export interface OtlpMetricExporter extends PushMetricExporter {
  /** Counts are of data points. */
  health(): BackendHealth;
  /** Whether each export is tried once, for somebody waits for it. */
  hurry(isHurried: boolean): void;
  readonly ledger: MetricLedger;
  /** All that is not delivered, what is on its way and `metrics` with it: whoever asks sends it. */
  takeAll(metrics: ResourceMetrics | undefined): readonly EncodedMetrics[];
}

/** OTLP, whatever it travels by. What cannot be sent is sent with the next export; a backend that takes no metrics is left alone. */
export function createOtlpMetricExporter(options: OtlpMetricExporterOptions): OtlpMetricExporter {
  const { backend, temporality, histograms } = options;
  const ledger = createMetricLedger(backend.name);
  const queue = createMetricQueue(options.serializer, temporality === 'cumulative', ledger.drop);
  let delivering: Promise<boolean> | undefined;
  let notBeforeMs = 0;
  let isHurried = false;
  let wake = () => {};

  /** Whether all of it has been dealt with. */
  const deliver = async (): Promise<boolean> => {
    const deadlineMs = performance.now() + options.timeoutMs;
    let failures = 0;
    for (let next; (next = queue.take());) {
      if (ledger.isRefused()) {
        ledger.drop('rejected', next.points);
        continue;
      }
      const outcome = await backend.send(next.body, deadlineMs - performance.now());
      ledger.note(outcome);
      if (!('error' in outcome) || !outcome.retry) {
        ledger.settle(next, outcome);
        continue;
      }
      queue.giveBack();
      const waitMs = outcome.waitMs ?? backoffMs(++failures);
      notBeforeMs = performance.now() + (outcome.waitMs ?? 0);
      if (isHurried || performance.now() + waitMs >= deadlineMs) return false;
      await new Promise<void>(resolve => startTimer((wake = resolve), waitMs));
    }
    return true;
  };
  const deliverAll = async (): Promise<boolean> => {
    if (!isHurried && performance.now() < notBeforeMs) return false;
    return (delivering ??= deliver().finally(() => void (delivering = undefined)));
  };

  return {
    async export(metrics, done) {
      if (!ledger.isRefused()) queue.put(metrics);
      done({ code: (await deliverAll()) ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
    },
    // What an export could not send has just been tried.
    forceFlush: async () => void (await delivering),
    async shutdown() {
      for (let rest = queue.take(); rest; rest = queue.take()) ledger.drop('unreachable', rest.points);
      backend.shutdown?.();
    },
    ...(histograms && { selectAggregation: histograms.selectAggregation }),
    selectAggregationTemporality: temporalityOf(temporality),
    health: () => ({ ...ledger.health(), pending: queue.points(), queuedBytes: queue.bytes() }),
    hurry(hurried) {
      isHurried = hurried;
      if (hurried) wake();
    },
    ledger,
    takeAll(metrics) {
      if (metrics) queue.put(metrics);
      return ledger.isRefused() ? [] : queue.takeAll();
    },
  };
}
