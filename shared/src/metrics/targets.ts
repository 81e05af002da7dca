import type { ExporterOption, InitOptions, OtlpExporterOption } from '../config/config.js';
import type { MetricsOptions } from './options.js';

/** Where metrics go by OTLP, and how; what is not said is as the platform has it. */
export interface MetricTarget extends Pick<
  MetricsOptions,
  'headers' | 'protocol' | 'compression' | 'tls' | 'insecure'
> {
  /** The whole URL; of gRPC, whatever names host and port. */
  readonly url: string;
}

/** The target that the settings name, or else each OTLP backend of spans that is named by its base URL: the URL of traces alone says nothing of metrics. */
export function metricTargets(settings: MetricsOptions, options: InitOptions): MetricTarget[] {
  const { url, endpoint, headers, protocol, tls } = settings;
  const target = url ?? (endpoint === undefined ? undefined : metricsUrl(endpoint, protocol));
  if (target !== undefined) return [{ ...settings, url: target }];
  const { exporters = ['otlp'], additionalExporters = [] } = options.telemetry ?? {};
  return [...exporters, ...additionalExporters].flatMap(exporter => {
    const backend = toOtlp(exporter);
    const base = backend && baseOf(backend, options.endpoint);
    if (!base) return [];
    // What listens there speaks nothing else.
    const spoken = backend.protocol === 'grpc' ? 'grpc' : (protocol ?? backend.protocol);
    return [
      {
        ...backend,
        ...settings,
        url: metricsUrl(base, spoken),
        headers: { ...(backend.headers ?? options.headers), ...headers },
        ...(spoken && { protocol: spoken }),
        ...(tls && { tls: { ...backend.tls, ...tls } }),
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
function metricsUrl(endpoint: string, protocol: MetricTarget['protocol']): string {
  if (protocol === 'grpc') return endpoint;
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/.exec(endpoint) ?? [];
  return `${/\/v1\/metrics\/?$/.test(path) ? path : `${path.replace(/\/+$/, '')}/v1/metrics`}${query}`;
}
