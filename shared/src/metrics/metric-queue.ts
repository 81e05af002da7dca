/** Metrics of one collection, ready to leave. */
export interface EncodedMetrics {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Data points in it. */
  readonly points: number;
}

/** What could not be sent yet. */
export interface MetricQueue {
  put(metrics: EncodedMetrics): void;
  /** The oldest. */
  take(): EncodedMetrics | undefined;
  /** Was taken, and could not be sent. */
  giveBack(metrics: EncodedMetrics): void;
  points(): number;
  bytes(): number;
}

/** Of differences, which no later export repeats: an hour of minutes of 70 kB. One that is larger is all that waits. */
const MAX_BYTES = 4 * 2 ** 20;

/**
 * @param isCumulative whether each export holds what earlier ones held: then the latest is enough
 * @param drop told of data points for which there is no room
 */
export function createMetricQueue(isCumulative: boolean, drop: (points: number) => void): MetricQueue {
  const waiting: EncodedMetrics[] = [];
  const sum = (of: (metrics: EncodedMetrics) => number) => waiting.reduce((total, metrics) => total + of(metrics), 0);
  const bytes = () => sum(({ body }) => body.byteLength);
  const isFullFor = ({ body }: EncodedMetrics) => waiting.length > 0 && bytes() + body.byteLength > MAX_BYTES;
  return {
    put(metrics) {
      if (isCumulative) waiting.length = 0;
      while (isFullFor(metrics)) drop(waiting.shift()?.points ?? 0);
      waiting.push(metrics);
    },
    take: () => waiting.shift(),
    giveBack(metrics) {
      if (isCumulative && waiting.length) return;
      if (isFullFor(metrics)) drop(metrics.points);
      else waiting.unshift(metrics);
    },
    points: () => sum(({ points }) => points),
    bytes,
  };
}
