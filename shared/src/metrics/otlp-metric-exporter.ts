import { ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { BackendHealth } from '../api.js';
import { withoutSecrets } from '../export/otlp-http.js';
import { backoffMs } from '../export/retry.js';
import { guard } from '../guard.js';
import { startTimer } from '../timers.js';
import { createMetricLedger } from './metric-ledger.js';
import { createMetricQueue, type EncodedMetrics } from './metric-queue.js';
import type { Temporality } from './options.js';
import { sendMetrics, type OtlpMetricTarget } from './send-metrics.js';
import { temporalityOf } from './temporality.js';

export interface OtlpMetricExporterOptions extends OtlpMetricTarget {
  /** For one export, its repeats included. */
  readonly timeoutMs: number;
  readonly temporality: Temporality;
}

export interface OtlpMetricExporter extends PushMetricExporter {
  /** Counts are of data points. */
  health(): BackendHealth;
  /** Whether each export is tried once, for somebody waits for it. */
  hurry(isHurried: boolean): void;
}

/** OTLP/HTTP, https://opentelemetry.io/docs/specs/otlp/#otlphttp. What cannot be sent is sent with the next export; a backend that takes no metrics is left alone. */
export function createOtlpMetricExporter(options: OtlpMetricExporterOptions): OtlpMetricExporter {
  const { temporality, serializer } = options;
  const ledger = createMetricLedger(withoutSecrets(options.url));
  const queue = createMetricQueue(temporality === 'cumulative', points => ledger.drop('queue-full', points));
  let delivering: Promise<boolean> | undefined;
  let inFlight: EncodedMetrics | undefined;
  let notBeforeMs = 0;
  let isHurried = false;
  /** Since somebody waits. */
  let hasTried = false;
  let wake = () => {};

  /** Whether all of it has been dealt with. */
  const deliver = async (): Promise<boolean> => {
    const deadlineMs = performance.now() + options.timeoutMs;
    for (let failures = 0; !ledger.isRefused() && (inFlight = queue.take());) {
      const outcome = await sendMetrics(options, inFlight.body, deadlineMs - performance.now());
      ledger.note(outcome);
      if (!('error' in outcome) || !outcome.retry) {
        ledger.settle(inFlight, outcome);
        continue;
      }
      queue.giveBack(inFlight);
      inFlight = undefined;
      const waitMs = outcome.waitMs ?? backoffMs(++failures);
      notBeforeMs = performance.now() + (outcome.waitMs ?? 0);
      if (isHurried || performance.now() + waitMs >= deadlineMs) return false;
      await new Promise<void>(resolve => startTimer((wake = resolve), waitMs));
    }
    return true;
  };
  const deliverAll = async (): Promise<boolean> => {
    hasTried = true;
    if (!isHurried && performance.now() < notBeforeMs) return false;
    delivering ??= deliver().finally(() => (delivering = inFlight = undefined));
    return delivering;
  };

  return {
    async export(metrics, done) {
      if (ledger.isRefused()) return done({ code: ExportResultCode.SUCCESS });
      const points = pointsIn(metrics);
      const body = guard('encoding metrics', () => serializer.serializeRequest(metrics));
      if (body) queue.put({ body: body as EncodedMetrics['body'], points });
      else ledger.drop('failed', points);
      done({ code: (await deliverAll()) ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
    },
    // The SDK exports nothing where nothing new was measured, and what waits would wait on.
    forceFlush: async () => void (await (hasTried ? delivering : deliverAll())),
    async shutdown() {
      for (let rest = queue.take(); rest; rest = queue.take()) ledger.drop('unreachable', rest.points);
    },
    selectAggregationTemporality: temporalityOf(temporality),
    health: () => ({
      ...ledger.health(),
      pending: queue.points() + (inFlight?.points ?? 0),
      queuedBytes: queue.bytes() + (inFlight?.body.byteLength ?? 0),
    }),
    hurry(hurried) {
      isHurried = hurried;
      hasTried = false;
      if (hurried) wake();
    },
  };
}

function pointsIn({ scopeMetrics }: ResourceMetrics): number {
  return scopeMetrics.flatMap(({ metrics }) => metrics).reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}
