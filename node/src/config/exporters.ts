import type { ConfigIssue, ExporterOption, InitOptions, OtlpExporterOption } from '@agentops/shared';
import { ZIPKIN_ENDPOINT } from '../exporters/zipkin.js';
import { TRACES_ENDPOINT, TRACES_EXPORTER } from '../environment.js';
import { PROTOCOL } from './defaults.js';
import { meansGrpc } from './endpoint.js';
import type { LentOptions } from './layer.js';
import { leavesOf } from './units.js';

/** Where OpenTelemetry has a collector when it is told to export and not where to. */
export const STANDARD_ENDPOINT = 'http://localhost:4318';
export const STANDARD_GRPC_ENDPOINT = 'http://localhost:4317';

export const NO_ENDPOINT = 'must be set, here or as the `endpoint` of the configuration';

type Exporters = Pick<NonNullable<InitOptions['telemetry']>, 'exporters' | 'additionalExporters'>;

/** An option that an exporter does not say itself, and what has. */
type Borrowed = readonly [name: string, value: unknown, sourceOf: (path: string) => string];

export interface Resolved {
  /** None where nothing is exported. */
  readonly telemetry: Exporters;
  readonly issues: readonly ConfigIssue[];
  /** Path of what an exporter took from elsewhere -> what had set it there. */
  readonly borrowed: ReadonlyMap<string, string>;
}

/**
 * The exporters with what they take from elsewhere: the endpoint of the configuration, and what the environment says of their type.
 * @param sourceOf what set the option at a path
 * @param lent by type
 */
export function resolveExporters(
  { endpoint, telemetry = {} }: InitOptions,
  sourceOf: (path: string) => string,
  lent: ReadonlyMap<string, LentOptions>,
): Resolved {
  const issues: ConfigIssue[] = [];
  const borrowed = new Map<string, string>();
  const resolve = (exporter: ExporterOption, path: string): ExporterOption => {
    if (typeof exporter === 'object' && ('export' in exporter || 'exporter' in exporter)) return exporter;
    const own = typeof exporter === 'string' ? ({ type: exporter } as OtlpExporterOption) : exporter;
    const fromEnvironment = borrowedFrom(lent.get(own.type));
    const defaults =
      DEFAULTS[own.type]?.({ own: own as OtlpExporterOption, endpoint, fromEnvironment, sourceOf }) ?? [];
    const all = [...defaults, ...fromEnvironment].filter(([name]) => !(name in own));
    for (const [name, value, sourceIn] of all)
      for (const [place] of leavesOf(value, name)) borrowed.set(`${path}.${place}`, sourceIn(place));
    const { type, ...rest } = own;
    const whole = { type, ...Object.fromEntries(all), ...rest } as OtlpExporterOption;
    if (type === 'otlp' && whole.endpoint === undefined && whole.url === undefined)
      issues.push({ path: `${path}.endpoint`, message: NO_ENDPOINT });
    return whole;
  };
  const { exporters = endpoint === undefined ? undefined : ['otlp' as const], additionalExporters } = telemetry;
  const lists = Object.entries({ exporters, additionalExporters }).flatMap(([name, list]) =>
    list ? [[name, list.map((exporter, index) => resolve(exporter, `telemetry.${name}[${index}]`))]] : [],
  );
  return { telemetry: Object.fromEntries(lists) as Exporters, issues, borrowed };
}

function borrowedFrom({ options = {}, sources }: Partial<LentOptions> = {}): Borrowed[] {
  return Object.entries(options).map(([name, value]) => [name, value, path => sources?.get(path) ?? 'default']);
}

interface Exporter {
  readonly own: OtlpExporterOption;
  /** Of the configuration. */
  readonly endpoint: string | undefined;
  readonly fromEnvironment: readonly Borrowed[];
  readonly sourceOf: (path: string) => string;
}

const byDefault = () => 'default';

/** What the environment goes before, by type. */
const DEFAULTS: Readonly<Record<string, (exporter: Exporter) => Borrowed[]>> = {
  otlp: exporter => {
    const { own, fromEnvironment } = exporter;
    const said = own.protocol ?? fromEnvironment.find(([name]) => name === 'protocol')?.[1];
    const target = own.endpoint === undefined && own.url === undefined ? targetOf(exporter, said) : [];
    const endpoint = own.url ?? own.endpoint ?? (target[0]?.[1] as string | undefined) ?? '';
    return [...target, ['protocol', meansGrpc(endpoint) ? 'grpc' : PROTOCOL, byDefault]];
  },
  zipkin: () => [['endpoint', ZIPKIN_ENDPOINT, byDefault]],
};

/** The specification has nothing added to the URL of one signal. */
function targetOf({ endpoint, sourceOf }: Exporter, protocol: unknown): Borrowed[] {
  const isWanted = sourceOf('telemetry.exporters') === `env ${TRACES_EXPORTER}`;
  const standard = protocol === 'grpc' ? STANDARD_GRPC_ENDPOINT : STANDARD_ENDPOINT;
  const source = () => sourceOf('endpoint');
  if (endpoint === undefined) return isWanted ? [['endpoint', standard, source]] : [];
  return [[sourceOf('endpoint') === `env ${TRACES_ENDPOINT}` ? 'url' : 'endpoint', endpoint, source]];
}
