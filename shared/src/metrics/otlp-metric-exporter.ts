import { ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { BackendHealth } from '../api.js';
import { diagnostics } from '../diagnostics.js';
import { toError } from '../errors.js';
import { withoutSecrets } from '../export/otlp-http.js';
import { backoffMs } from '../export/retry.js';
import { startTimer } from '../timers.js';
import { createMetricQueue, type EncodedMetrics } from './metric-queue.js';
import type { Temporality } from './options.js';
import { sendMetrics, type MetricOutcome, type OtlpMetricTarget } from './send-metrics.js';
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

/** How a backend of traces says that it takes no metrics. */
const NOT_TAKEN: readonly number[] = [404, 405, 501];

/** OTLP/HTTP, https://opentelemetry.io/docs/specs/otlp/#otlphttp. What cannot be sent is sent with the next export; a backend that takes no metrics is left alone. */
export function createOtlpMetricExporter(options: OtlpMetricExporterOptions): OtlpMetricExporter {
  const { temporality, timeoutMs, serializer } = options;
  const ledger = createLedger(withoutSecrets(options.url));
  const queue = createMetricQueue(temporality === 'cumulative', points => ledger.drop('queue-full', points));
  let delivering: Promise<boolean> | undefined;
  let inFlight: EncodedMetrics | undefined;
  let notBeforeMs = 0;
  let isHurried = false;
  let wake = () => {};

  /** Whether all of it has been dealt with. */
  const deliver = async (): Promise<boolean> => {
    const deadlineMs = performance.now() + timeoutMs;
    for (let failures = 0; !ledger.isRefused() && (inFlight = queue.take());) {
      const outcome = await sendMetrics(options, inFlight.body, deadlineMs - performance.now());
      ledger.note(outcome);
      if (!('error' in outcome) || !outcome.retry) {
        ledger.settle(inFlight, outcome);
        continue;
      }
      queue.giveBack(inFlight);
      const waitMs = outcome.waitMs ?? backoffMs(++failures);
      notBeforeMs = performance.now() + (outcome.waitMs ?? 0);
      if (isHurried || performance.now() + waitMs >= deadlineMs) return false;
      await new Promise<void>(resolve => {
        wake = resolve;
        startTimer(resolve, waitMs);
      });
    }
    return true;
  };
  const deliverAll = async (): Promise<boolean> => {
    if (!isHurried && performance.now() < notBeforeMs) return false;
    delivering ??= deliver().finally(() => {
      delivering = inFlight = undefined;
    });
    return delivering;
  };

  return {
    async export(metrics, done) {
      if (ledger.isRefused()) return done({ code: ExportResultCode.SUCCESS });
      const points = pointsIn(metrics);
      try {
        queue.put({ body: encode(serializer.serializeRequest(metrics)), points });
        done({ code: (await deliverAll()) ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
      } catch (error) {
        ledger.drop('failed', points);
        done({ code: ExportResultCode.FAILED, error: toError(error) });
      }
    },
    // What an export could not send has just been tried.
    forceFlush: async () => void (await delivering),
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
      if (hurried) wake();
    },
  };
}

/** What became of the data points so far. */
function createLedger(backend: string) {
  const health = { backend, delivered: 0, attempts: 0, failures: 0, lastError: undefined as string | undefined };
  const dropped: Record<string, number> = {};
  let refused = false;
  const drop = (cause: string, points: number) => {
    if (points) dropped[cause] = (dropped[cause] ?? 0) + points;
  };
  return {
    drop,
    isRefused: () => refused,
    health: () => ({ ...health, dropped: { ...dropped } }),
    note(outcome: MetricOutcome) {
      const error = 'error' in outcome ? outcome.error : undefined;
      health.attempts++;
      health.failures += error ? 1 : 0;
      health.lastError = error?.message;
      if (error && 'retry' in outcome && outcome.retry)
        diagnostics.warn(`metrics-later:${backend}`, 'metrics wait until their backend takes them', error);
    },
    settle({ points }: EncodedMetrics, outcome: MetricOutcome) {
      const rejected = 'error' in outcome ? points : Math.min(points, outcome.rejected);
      health.delivered += points - rejected;
      drop('rejected', rejected);
      if (!('error' in outcome)) return;
      refused = NOT_TAKEN.includes(outcome.status ?? 0);
      const consequence = refused ? 'it is sent no metrics from now on' : 'metrics were dropped';
      diagnostics.warn(`metrics-rejected:${backend}`, `${outcome.error.message}; ${consequence}`);
    },
  };
}

function encode(body: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  if (!body) throw new Error('the serializer made nothing of the metrics');
  return body as Uint8Array<ArrayBuffer>;
}

function pointsIn({ scopeMetrics }: ResourceMetrics): number {
  return scopeMetrics.flatMap(({ metrics }) => metrics).reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}
