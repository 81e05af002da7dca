import type { ConfigIssue, InitOptions } from '@agentops/shared';
import type { MetricsOptions } from '@agentops/shared/metrics/options';
import { metricTargets, otlpBackends } from '@agentops/shared/metrics/targets';
import { METRICS_EXPORTER, TRACES_ENDPOINT } from '../environment.js';
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

/** Where metrics go by OTLP: where they say themselves, to the backends of spans, to the endpoint of the configuration, or where OpenTelemetry has it. */
type Place = 'named' | 'backends' | 'configured' | 'standard' | 'nowhere';

const TRANSPORT = ['protocol', 'compression', 'insecure', 'tls'];

/** What they take there from what the environment says of OTLP for every signal. */
const LENT: Readonly<Record<Place, readonly string[]>> = {
  named: ['headers', ...TRANSPORT],
  backends: [],
  configured: TRANSPORT,
  standard: ['endpoint', 'headers', ...TRANSPORT],
  nowhere: [],
};

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
  const own: MetricsOptions = metrics === true ? { exporters: ['otlp'] } : metrics || {};
  const place = placeOf(own, options, sourceOf);
  const lent = Object.fromEntries(Object.entries(general.options).filter(([name]) => LENT[place].includes(name)));
  // There may be nowhere for what is merely on.
  if (!metrics || (metrics === true && !LENT[place].length)) return { options, issues: [], borrowed: new Map() };
  const resolved = LENT[place].length ? withLent(own, lent, place === 'standard' ? undefined : options.endpoint) : own;
  const issues = place === 'nowhere' ? [nowhere(options)] : faultsOf(resolved, options);
  const isUnsaid = ([path]: readonly [path: string, value: unknown]) => sourceOf(path) === 'default';
  return {
    options: { ...options, telemetry: { ...options.telemetry, metrics: resolved } },
    issues: issues.map(({ path, message }) => ({ path: `${PATH}.${path}`, message })),
    borrowed: new Map(
      leavesOf(lent, PATH)
        .filter(isUnsaid)
        .map(([path]) => [path, nearest(general.sources, path.slice(PATH.length + 1)) ?? 'default']),
    ),
  };
}

function placeOf(own: MetricsOptions, options: InitOptions, sourceOf: (path: string) => string): Place {
  if (own.url !== undefined || own.endpoint !== undefined) return 'named';
  if (!own.exporters?.includes('otlp')) return 'backends';
  const isAlone = !otlpBackends(options).length;
  const isOfTraces = isAlone && sourceOf('endpoint') === `env ${TRACES_ENDPOINT}`;
  if (!isOfTraces && metricTargets(own, options).length) return isAlone ? 'configured' : 'backends';
  return isOfTraces || sourceOf(`${PATH}.exporters`) === `env ${METRICS_EXPORTER}` ? 'standard' : 'nowhere';
}

function nowhere(options: InitOptions): ConfigIssue {
  const isSaid = otlpBackends(options).some(({ endpoint, url }) => endpoint ?? url);
  return { path: 'endpoint', message: isSaid ? NO_BACKEND : NO_ENDPOINT };
}

const NO_BACKEND =
  'must be set: each OTLP backend of spans has a URL of traces alone, or a filter, sampling or redact of its own, and gets no metrics';

/** A key may be said for all signals, and the certificate that goes with it for metrics. */
function withLent(own: MetricsOptions, lent: Partial<MetricsOptions>, configured: string | undefined): MetricsOptions {
  const tls = { ...lent.tls, ...own.tls };
  const said = own.protocol ?? lent.protocol;
  const standard = lent.endpoint ?? (said === 'grpc' ? STANDARD_GRPC_ENDPOINT : STANDARD_ENDPOINT);
  const target = own.url ?? own.endpoint ?? configured ?? standard;
  const protocol = said ?? (meansGrpc(target) ? 'grpc' : undefined);
  return {
    ...(target === standard && { endpoint: standard }),
    ...lent,
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
