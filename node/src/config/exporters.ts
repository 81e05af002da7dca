import type { ConfigIssue, ExporterOption, InitOptions, OtlpExporterOption } from '@agentops/shared';
import { PROTOCOL } from './defaults.js';
import type { SourcedProtocol } from './layer.js';
import { TRACES_ENDPOINT, TRACES_EXPORTER } from '../environment.js';

/** Where OpenTelemetry has a collector when it is told to export and not where to. */
export const STANDARD_ENDPOINT = 'http://localhost:4318';

export const NO_ENDPOINT = 'must be set, here or as the `endpoint` of the configuration';

export interface Resolved {
  /** `undefined` when nothing is exported. */
  readonly exporters: ExporterOption[] | undefined;
  readonly issues: readonly ConfigIssue[];
  /** Path of what an exporter took from elsewhere -> what had set it there. */
  readonly borrowed: ReadonlyMap<string, string>;
}

/**
 * The exporters with what they take from elsewhere: the endpoint of the configuration, and the protocol of the environment.
 * @param sourceOf what set the option at a path
 */
export function resolveExporters(
  { endpoint, telemetry }: InitOptions,
  sourceOf: (path: string) => string,
  protocol: SourcedProtocol | undefined,
): Resolved {
  const wanted = telemetry?.exporters ?? (endpoint === undefined ? undefined : ['otlp' as const]);
  const target = targetOf(endpoint, sourceOf);
  const issues: ConfigIssue[] = [];
  const borrowed = new Map<string, string>();
  const exporters = wanted?.map((exporter, index) => {
    const otlp = toOtlp(exporter);
    if (!otlp) return exporter;
    const path = `telemetry.exporters[${index}]`;
    const hasTarget = otlp.endpoint !== undefined || otlp.url !== undefined;
    if (!hasTarget && !target) issues.push({ path: `${path}.endpoint`, message: NO_ENDPOINT });
    const lent = { ...(!hasTarget && target), protocol: protocol?.value ?? PROTOCOL };
    for (const name of Object.keys(lent))
      if (!(name in otlp))
        borrowed.set(`${path}.${name}`, name === 'protocol' ? (protocol?.source ?? 'default') : sourceOf('endpoint'));
    const { type, ...own } = otlp;
    return { type, ...lent, ...own };
  });
  return { exporters, issues, borrowed };
}

function toOtlp(exporter: ExporterOption): OtlpExporterOption | undefined {
  if (exporter === 'otlp') return { type: 'otlp' };
  return typeof exporter === 'object' && 'type' in exporter && exporter.type === 'otlp' ? exporter : undefined;
}

/** The specification has nothing added to the URL of one signal. */
function targetOf(
  endpoint: string | undefined,
  sourceOf: (path: string) => string,
): Pick<OtlpExporterOption, 'endpoint' | 'url'> | undefined {
  if (endpoint === undefined)
    return sourceOf('telemetry.exporters') === `env ${TRACES_EXPORTER}` ? { endpoint: STANDARD_ENDPOINT } : undefined;
  return sourceOf('endpoint') === `env ${TRACES_ENDPOINT}` ? { url: endpoint } : { endpoint };
}
