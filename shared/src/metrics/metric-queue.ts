import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { guard } from '../guard.js';

/** Metrics of one collection, ready to leave. */
export interface EncodedMetrics {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Data points in it. */
  readonly points: number;
}

/** What could not be sent yet. */
export interface MetricQueue {
  put(metrics: ResourceMetrics): void;
  /** The oldest, in place of what was taken before. */
  take(): EncodedMetrics | undefined;
  /** What was taken could not be sent. */
  giveBack(): void;
  /** What was taken last, too. */
  takeAll(): EncodedMetrics[];
  points(): number;
  bytes(): number;
}

/** Of differences, which no later export repeats: an hour of minutes of 70 kB. */
const MAX_BYTES = 4 * 2 ** 20;

/**
 * @param isCumulative whether each export holds what earlier ones held: then the latest is enough
 * @param drop told of data points that cannot be encoded, or for which there is no room
 */
export function createMetricQueue(
  serializer: ISerializer<ResourceMetrics, unknown>,
  isCumulative: boolean,
  drop: (cause: string, points: number) => void,
): MetricQueue {
  const waiting: EncodedMetrics[] = [];
  let taken: EncodedMetrics | undefined;
  const sum = (of: (metrics: EncodedMetrics) => number) =>
    [...waiting, ...(taken ? [taken] : [])].reduce((total, metrics) => total + of(metrics), 0);
  const bytes = () => sum(({ body }) => body.byteLength);
  const giveBack = () => {
    if (taken && !(isCumulative && waiting.length)) waiting.unshift(taken);
    taken = undefined;
  };
  return {
    put(metrics) {
      const points = pointsIn(metrics);
      const body = guard('encoding metrics', () => serializer.serializeRequest(metrics));
      if (!body) return drop('failed', points);
      if (isCumulative) waiting.length = 0;
      while (waiting.length && bytes() + body.byteLength > MAX_BYTES) drop('queue-full', waiting.shift()?.points ?? 0);
      waiting.push({ body: body as EncodedMetrics['body'], points });
    },
    take: () => (taken = waiting.shift()),
    giveBack,
    takeAll() {
      giveBack();
      return waiting.splice(0);
    },
    points: () => sum(({ points }) => points),
    bytes,
  };
}

function pointsIn({ scopeMetrics }: ResourceMetrics): number {
  return scopeMetrics.flatMap(({ metrics }) => metrics).reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}
