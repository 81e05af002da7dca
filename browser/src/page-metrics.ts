import type { MetricsParts, MetricsPipeline } from '@agentops/shared';
import { createMetrics, type MetricsHost } from '@agentops/shared/metrics/create-metrics';
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { onLeave } from './page-lifecycle.js';

const HOST: MetricsHost = {
  encodings: { 'http/json': { serializer: JsonMetricsSerializer, contentType: 'application/json' } },
  protocol: 'http/json',
  // Pages cannot be told apart by their resource, so sums of each since its start would go up and down as one.
  temporality: 'delta',
};

/** Metrics of a page, sent at intervals and whenever it may be left. */
export function createPageMetrics(parts: MetricsParts): MetricsPipeline[] {
  return createMetrics(parts, HOST).map(pipeline => {
    const stop = onLeave(() => void pipeline.forceFlush());
    return {
      ...pipeline,
      shutdown() {
        stop();
        return pipeline.shutdown();
      },
    };
  });
}
