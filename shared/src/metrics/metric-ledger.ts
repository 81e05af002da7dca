import { diagnostics } from '../diagnostics.js';
import type { MetricOutcome } from './metric-backend.js';
import type { EncodedMetrics } from './metric-queue.js';

export type MetricLedger = ReturnType<typeof createMetricLedger>;

/** What became of the data points so far. */
export function createMetricLedger(backend: string) {
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
      refused = outcome.refused ?? false;
      const consequence = refused ? 'it is sent no metrics from now on' : 'metrics were dropped';
      diagnostics.warn(`metrics-rejected:${backend}`, `${outcome.error.message}; ${consequence}`);
    },
  };
}
