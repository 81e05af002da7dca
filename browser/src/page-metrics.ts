import type { MetricsParts, MetricsPipeline } from '@agentops/shared';
import { createMetrics, type MetricsHost } from '@agentops/shared/metrics/create-metrics';
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { listen } from './page-lifecycle.js';
import { createSendOnce } from './send-once.js';

const HOST: MetricsHost = {
  encodings: { 'http/json': { serializer: JsonMetricsSerializer, contentType: 'application/json' } },
  protocol: 'http/json',
  // Pages cannot be told apart by their resource, so sums of each since its start would go up and down as one.
  temporality: 'delta',
};

/** Metrics of a page, sent at intervals and whenever it may be left. */
export function createPageMetrics(parts: MetricsParts): MetricsPipeline[] {
  const { send, leave, resume } = createSendOnce(parts.send);
  return createMetrics({ ...parts, send }, HOST).map(pipeline => {
    const flush = () => void pipeline.forceFlush();
    const stop = listen([
      // As with spans: hidden is the last that a page on a phone can count on.
      [document, 'visibilitychange', () => document.visibilityState === 'hidden' && flush()],
      [globalThis, 'pagehide', () => (leave(), flush())],
      [globalThis, 'pageshow', resume],
    ]);
    return {
      ...pipeline,
      shutdown() {
        stop();
        return pipeline.shutdown();
      },
    };
  });
}
