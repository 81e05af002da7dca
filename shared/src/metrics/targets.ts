import type { ExporterOption, InitOptions, OtlpExporterOption } from '../config/config.js';
import type { Protocol } from '../platform.js';
import type { MetricsOptions } from './options.js';

/** Where metrics go by OTLP. */
export interface MetricTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** @default that of the platform */
  readonly protocol: Protocol | undefined;
}

/** The target that the settings name, or else each OTLP backend of spans that is named by its base URL: the URL of traces alone says nothing of metrics. */
export function metricTargets(settings: MetricsOptions, options: InitOptions): MetricTarget[] {
  const { url, endpoint, headers, protocol } = settings;
  const target = url ?? (endpoint === undefined ? undefined : metricsUrl(endpoint));
  if (target !== undefined) return [{ url: target, headers, protocol }];
  const { exporters = ['otlp'], additionalExporters = [] } = options.telemetry ?? {};
  return [...exporters, ...additionalExporters].flatMap(exporter => {
    const backend = toOtlp(exporter);
    // Metrics go by HTTP, and with the certificates that everybody has.
    const base = backend && backend.protocol !== 'grpc' && !backend.tls && baseOf(backend, options.endpoint);
    if (!base) return [];
    return [
      {
        url: metricsUrl(base),
        headers: { ...(backend.headers ?? options.headers), ...headers },
        protocol: protocol ?? backend.protocol,
      },
    ];
  });
}

function toOtlp(exporter: ExporterOption): OtlpExporterOption | undefined {
  if (exporter === 'otlp') return { type: 'otlp' };
  return typeof exporter === 'object' && 'type' in exporter && exporter.type === 'otlp' ? exporter : undefined;
}

function baseOf({ url, endpoint }: OtlpExporterOption, configured: string | undefined): string | undefined {
  const base = url === undefined ? (endpoint ?? configured) : undefined;
  return base !== undefined && /\/v1\/traces\/?([?#]|$)/.test(base) ? undefined : base;
}

/** A query, such as a token, stays behind the path. */
function metricsUrl(endpoint: string): string {
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/.exec(endpoint) ?? [];
  return `${/\/v1\/metrics\/?$/.test(path) ? path : `${path.replace(/\/+$/, '')}/v1/metrics`}${query}`;
}
