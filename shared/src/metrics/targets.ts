import type { InitOptions, OtlpExporterOption } from '../config/config.js';
import { exportersOf } from '../telemetry/exporters.js';
import type { MetricsOptions } from './options.js';

/** Where metrics go by OTLP, and how; what is not said is as the platform has it. */
export interface MetricTarget extends Pick<
  MetricsOptions,
  'headers' | 'protocol' | 'compression' | 'tls' | 'insecure'
> {
  /** The whole URL; of gRPC, whatever names host and port. */
  readonly url: string;
}

/**
 * The target that the settings name, or else each OTLP backend of spans that is named by its base URL (the URL of traces alone says nothing of metrics)
 * and gets all there is: what it is not to see of spans may be in metrics. One place gets them once.
 */
export function metricTargets(settings: MetricsOptions, options: InitOptions): MetricTarget[] {
  const { url, endpoint, headers, protocol, tls } = settings;
  const target = url ?? (endpoint && metricsUrl(endpoint, protocol));
  if (target) return [{ ...settings, url: target }];
  const targets = new Map<string, MetricTarget>();
  for (const backend of backendsOf(settings, options)) {
    const base = baseOf(backend, options.endpoint);
    if (!base) continue;
    // What listens there speaks nothing else.
    const spoken = backend.protocol === 'grpc' ? 'grpc' : (protocol ?? backend.protocol);
    const found = {
      ...backend,
      ...settings,
      url: metricsUrl(base, spoken),
      headers: { ...(backend.headers ?? options.headers), ...headers },
      ...(spoken && { protocol: spoken }),
      ...(tls && { tls: { ...backend.tls, ...tls } }),
    };
    targets.set(JSON.stringify([found.url, found.headers, spoken, found.tls]), found);
  }
  return [...targets.values()];
}

/** Those of spans, whatever they get. */
export function otlpBackends(options: InitOptions): OtlpExporterOption[] {
  return Object.values(exportersOf(options))
    .flat()
    .map(exporter => (exporter === 'otlp' ? { type: exporter } : (exporter as OtlpExporterOption)))
    .filter(({ type }) => type === 'otlp');
}

/** Metrics that are asked for go where spans would, were they sent. */
function backendsOf({ exporters }: MetricsOptions, options: InitOptions): OtlpExporterOption[] {
  const backends = otlpBackends(options);
  const isWanted = exporters?.includes('otlp') || options.telemetry?.metrics === true;
  return isWanted && !backends.length ? [{ type: 'otlp' }] : backends;
}

/** Nothing for a backend that gets no metrics. */
function baseOf(backend: OtlpExporterOption, configured: string | undefined): string | undefined {
  const { url, endpoint = configured, filter, redact } = backend;
  return url || filter || redact || /\/v1\/traces\/?([?#]|$)/.test(`${endpoint}`) ? '' : endpoint;
}

/** A query, such as a token, stays behind the path. */
function metricsUrl(endpoint: string, protocol: MetricTarget['protocol']): string {
  if (protocol === 'grpc') return endpoint;
  const isWhole = /^[^?#]*\/v1\/metrics\/?([?#]|$)/.test(endpoint);
  return isWhole ? endpoint : endpoint.replace(/\/*([?#]|$)/, '/v1/metrics$1');
}
