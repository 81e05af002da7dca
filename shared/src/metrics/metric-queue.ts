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
  /** At the end. What was taken last is sent again where that changes no sum; differences may have arrived, and are given up. */
  takeAll(): EncodedMetrics[];
  points(): number;
  bytes(): number;
}

/** Of differences, which no later export repeats: an hour of minutes of 70 kB. One that is larger is all that waits. */
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
  const sum = (of: (metrics: EncodedMetrics) => number, list = taken ? [taken, ...waiting] : waiting) =>
    list.reduce((total, metrics) => total + of(metrics), 0);
  const bytesOf = ({ body }: EncodedMetrics) => body.byteLength;
  const isFullFor = (body: Uint8Array) => waiting.length > 0 && sum(bytesOf, waiting) + body.byteLength > MAX_BYTES;
  const giveBack = () => {
    const metrics = taken;
    taken = undefined;
    if (!metrics || (isCumulative && waiting.length)) return;
    if (isFullFor(metrics.body)) drop('queue-full', metrics.points);
    else waiting.unshift(metrics);
  };
  return {
    put(metrics) {
      const points = pointsIn(metrics);
      const body = guard('encoding metrics', () => serializer.serializeRequest(metrics));
      if (!body) return drop('failed', points);
      if (isCumulative) waiting.length = 0;
      while (isFullFor(body)) drop('queue-full', waiting.shift()?.points ?? 0);
      waiting.push({ body: body as EncodedMetrics['body'], points });
    },
    take: () => (taken = waiting.shift()),
    giveBack,
    takeAll() {
      if (taken && !isCumulative) drop('unreachable', taken.points);
      else giveBack();
      taken = undefined;
      return waiting.splice(0);
    },
    points: () => sum(({ points }) => points),
    bytes: () => sum(bytesOf),
  };
}

function pointsIn({ scopeMetrics }: ResourceMetrics): number {
  return scopeMetrics.flatMap(({ metrics }) => metrics).reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}
