import type { ConfigIssue, InitOptions } from '@agentops/shared';
import type { MetricsOptions } from '@agentops/shared/metrics/options';
import { metricTargets } from '@agentops/shared/metrics/targets';
import { METRICS_EXPORTER } from '../environment.js';
import { grpcFault } from '../exporters/grpc-target.js';
import { faultOf } from '../exporters/tls.js';
import { meansGrpc } from './endpoint.js';
import { NO_ENDPOINT, STANDARD_ENDPOINT, STANDARD_GRPC_ENDPOINT } from './exporters.js';
import { nearest, type LentOptions } from './layer.js';
import { leavesOf } from './units.js';

export interface ResolvedMetrics {
  readonly options: InitOptions;
  readonly issues: readonly ConfigIssue[];
  /** Path of what was taken from elsewhere -> what had set it there. */
  readonly borrowed: ReadonlyMap<string, string>;
}

const PATH = 'telemetry.metrics';

/**
 * `telemetry.metrics` with what it takes from elsewhere, and what is wrong with it as a whole.
 * @param general what the environment says of OTLP for every signal
 */
export function resolveMetrics(
  options: InitOptions,
  sourceOf: (path: string) => string,
  general: LentOptions,
): ResolvedMetrics {
  const metrics = options.telemetry?.metrics;
  if (typeof metrics !== 'object') return { options, issues: [], borrowed: new Map() };
  const isNamed = metrics.url !== undefined || metrics.endpoint !== undefined;
  const isMissing = metrics.exporters?.includes('otlp') && !metricTargets(metrics, options).length;
  const isStandard = isMissing && sourceOf(`${PATH}.exporters`) === `env ${METRICS_EXPORTER}`;
  const resolved = isNamed || isStandard ? withGeneral(metrics, general.options) : metrics;
  const issues = isMissing && !isStandard ? [{ path: 'endpoint', message: NO_ENDPOINT }] : faultsOf(resolved, options);
  const lent = isNamed || isStandard ? leavesOf(general.options, PATH) : [];
  const isUnsaid = ([path]: readonly [path: string, value: unknown]) => sourceOf(path) === 'default';
  return {
    options: { ...options, telemetry: { ...options.telemetry, metrics: resolved } },
    issues: issues.map(({ path, message }) => ({ path: `${PATH}.${path}`, message })),
    borrowed: new Map(
      lent.filter(isUnsaid).map(([path]) => [path, nearest(general.sources, path.slice(PATH.length + 1)) ?? 'default']),
    ),
  };
}

/** A key may be said for all signals, and the certificate that goes with it for metrics. */
function withGeneral(own: MetricsOptions, general: Partial<MetricsOptions>): MetricsOptions {
  const tls = { ...general.tls, ...own.tls };
  const said = own.protocol ?? general.protocol;
  const endpoint = said === 'grpc' ? STANDARD_GRPC_ENDPOINT : STANDARD_ENDPOINT;
  const target = own.url ?? own.endpoint ?? endpoint;
  const protocol = said ?? (meansGrpc(target) ? 'grpc' : undefined);
  return {
    ...(own.url === undefined && { endpoint }),
    ...general,
    ...own,
    ...(protocol && { protocol }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

/** What a part of the configuration cannot know of the others; paths are below `telemetry.metrics`. */
function faultsOf(metrics: MetricsOptions, options: InitOptions): ConfigIssue[] {
  const targets = metricTargets(metrics, options);
  const tls = metrics.tls && targets.flatMap(target => (target.tls && faultOf(target.tls)) ?? [])[0];
  const grpc = targets
    .filter(({ protocol }) => protocol === 'grpc')
    .flatMap(({ headers = {} }) => grpcFault(headers) ?? [])[0];
  return [...(tls === undefined ? [] : [{ path: 'tls', message: tls }]), ...(grpc ? [grpc] : [])];
}
