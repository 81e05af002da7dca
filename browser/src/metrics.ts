/**
 * `@agentops/web/metrics`: metrics of a page. Import it before `@agentops/web` or before `init()`; they are made of spans, and sent at intervals
 * and when the page is left. Nothing of it is in a page that does not import it.
 */
import { metricsChoice } from './metrics-choice.js';
import { createPageMetrics } from './page-metrics.js';
import { pageMetricsCheck } from './page-metrics-check.js';

Object.assign(metricsChoice, { createMetrics: createPageMetrics, serverChecks: { metrics: pageMetricsCheck } });

export {
  getMeter,
  incrementTokens,
  recordLatency,
  recordLLMCall,
  type MeasuredCall,
} from '@agentops/shared/metrics/functions';
