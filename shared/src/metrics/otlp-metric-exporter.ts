import { ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { BackendHealth } from '../api.js';
import { guard } from '../guard.js';
import { aggregationOf } from './aggregation.js';
import type { MetricEncoding } from './http-metric-backend.js';
import type { MetricBackend } from './metric-backend.js';
import { createMetricDelivery, type MetricDelivery } from './metric-delivery.js';
import { createMetricLedger } from './metric-ledger.js';
import { createMetricQueue, type EncodedMetrics } from './metric-queue.js';
import type { HistogramAggregation, Temporality } from './options.js';
import { temporalityOf } from './temporality.js';

export interface OtlpMetricExporterOptions extends Pick<MetricEncoding, 'serializer'> {
  readonly backend: MetricBackend;
  /** For one export, its repeats included. */
  readonly timeoutMs: number;
  readonly temporality: Temporality;
  readonly histogramAggregation: HistogramAggregation | undefined;
}

export interface OtlpMetricExporter extends PushMetricExporter, Pick<MetricDelivery, 'hurry'> {
  /** Counts are of data points. */
  health(): BackendHealth;
  /** In the last turn of a process: sends what waits, what is on its way once more, and `metrics`. */
  leaveSync(metrics: ResourceMetrics | undefined, timeoutMs: number): void;
}

/** OTLP, whatever it travels by. What cannot be sent is sent with the next export; a backend that takes no metrics is left alone. */
export function createOtlpMetricExporter(options: OtlpMetricExporterOptions): OtlpMetricExporter {
  const { backend, temporality, serializer } = options;
  const ledger = createMetricLedger(backend.name);
  const queue = createMetricQueue(temporality === 'cumulative', points => ledger.drop('queue-full', points));
  const delivery = createMetricDelivery({ backend, queue, ledger, timeoutMs: options.timeoutMs });
  const put = (metrics: ResourceMetrics) => {
    const points = pointsIn(metrics);
    const body = guard('encoding metrics', () => serializer.serializeRequest(metrics));
    if (body) queue.put({ body: body as EncodedMetrics['body'], points });
    else ledger.drop('failed', points);
  };

  return {
    async export(metrics, done) {
      if (ledger.isRefused()) return done({ code: ExportResultCode.SUCCESS });
      put(metrics);
      done({ code: (await delivery.start()) ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
    },
    // What an export could not send has just been tried.
    forceFlush: async () => void (await delivery.ended()),
    async shutdown() {
      for (const { points } of queue.takeAll()) ledger.drop('unreachable', points);
      backend.shutdown?.();
    },
    selectAggregation: aggregationOf(options.histogramAggregation),
    selectAggregationTemporality: temporalityOf(temporality),
    health() {
      const inFlight = delivery.inFlight();
      return {
        ...ledger.health(),
        pending: queue.points() + (inFlight?.points ?? 0),
        queuedBytes: queue.bytes() + (inFlight?.body.byteLength ?? 0),
      };
    },
    hurry: delivery.hurry,
    leaveSync(metrics, timeoutMs) {
      if (ledger.isRefused()) return;
      const inFlight = delivery.inFlight();
      if (inFlight) queue.giveBack(inFlight);
      if (metrics) put(metrics);
      const rest = queue.takeAll();
      const bodies = rest.map(({ body }) => body);
      const taken = bodies.length ? backend.sendSync?.(bodies, timeoutMs) : undefined;
      rest.forEach((each, index) =>
        taken?.[index] ? ledger.settle(each, { rejected: 0 }) : ledger.drop('unreachable', each.points),
      );
    },
  };
}

function pointsIn({ scopeMetrics }: ResourceMetrics): number {
  return scopeMetrics.flatMap(({ metrics }) => metrics).reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}
