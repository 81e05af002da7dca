import type { ConfigIssue, InitOptions } from '@agentops/shared';
import type { MetricsOptions } from '@agentops/shared/metrics/options';
import { METRICS_EXPORTER } from '../environment.js';
import { metricTargets } from '@agentops/shared/metrics/targets';
import { NO_ENDPOINT, STANDARD_ENDPOINT } from './exporters.js';

/**
 * `telemetry.metrics` with what it takes from elsewhere, and what is wrong with it as a whole.
 * @param general what the environment says of OTLP for every signal
 */
export function resolveMetrics(
  options: InitOptions,
  sourceOf: (path: string) => string,
  general: Pick<MetricsOptions, 'headers' | 'protocol'>,
): { readonly options: InitOptions; readonly issues: readonly ConfigIssue[] } {
  const metrics = options.telemetry?.metrics;
  if (typeof metrics !== 'object') return { options, issues: [] };
  const isNamed = metrics.url !== undefined || metrics.endpoint !== undefined;
  const isMissing = metrics.exporters?.includes('otlp') && !metricTargets(metrics, options).length;
  const isStandard = isMissing && sourceOf('telemetry.metrics.exporters') === `env ${METRICS_EXPORTER}`;
  const resolved = {
    ...((isNamed || isStandard) && general),
    ...(isStandard && { endpoint: STANDARD_ENDPOINT }),
    ...metrics,
  };
  return {
    options: { ...options, telemetry: { ...options.telemetry, metrics: resolved } },
    issues: isMissing && !isStandard ? [{ path: 'telemetry.metrics.endpoint', message: NO_ENDPOINT }] : [],
  };
}
