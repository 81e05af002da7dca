import type { ExporterOption, InitOptions, OtlpExporterOption, Protocol } from '@agentops/shared';
import type { MetricsOptions } from '@agentops/shared/metrics/options';
import { PROTOCOL } from '../config/defaults.js';

/** Where metrics go by OTLP. */
export interface MetricTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly protocol: Protocol;
}

/** The target that the settings name, or else each OTLP backend of spans that is named by its base URL: the URL of traces alone says nothing of metrics. */
export function metricTargets(settings: MetricsOptions, { telemetry, headers }: InitOptions): MetricTarget[] {
  const { url, endpoint, headers: own, protocol } = settings;
  const target = url ?? (endpoint !== undefined ? metricsUrl(endpoint) : undefined);
  if (target !== undefined) return [{ url: target, headers: own, protocol: protocol ?? PROTOCOL }];
  return (telemetry?.exporters ?? []).flatMap(exporter => {
    const backend = baseOf(exporter);
    if (!backend?.endpoint) return [];
    return [
      {
        url: metricsUrl(backend.endpoint),
        headers: { ...(backend.headers ?? headers), ...own },
        protocol: protocol ?? backend.protocol ?? PROTOCOL,
      },
    ];
  });
}

function baseOf(exporter: ExporterOption): OtlpExporterOption | undefined {
  if (typeof exporter !== 'object' || !('type' in exporter) || exporter.type !== 'otlp') return undefined;
  const isOfTraces = exporter.url !== undefined || /\/v1\/traces\/?([?#]|$)/.test(exporter.endpoint ?? '');
  return isOfTraces ? undefined : exporter;
}

/** A query, such as a token, stays behind the path. */
function metricsUrl(endpoint: string): string {
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/.exec(endpoint) ?? [];
  return `${/\/v1\/metrics\/?$/.test(path) ? path : `${path.replace(/\/+$/, '')}/v1/metrics`}${query}`;
}
