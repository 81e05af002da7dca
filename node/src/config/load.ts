import type { InitOptions } from '@agentops/shared';
import { mergeOptions } from '@agentops/shared/config/merge';
import { readConfigFile } from '../config-file.js';
import { isDisabled, readEnvironment } from '../environment.js';
import { readDeclared } from './declarative/file.js';
import { readEntities } from './entities.js';
import { readGeneral, readLentOptions } from './exporter-environment.js';
import { resolveExporters } from './exporters.js';
import { idleVariables } from './idle-variables.js';
import { issuesOf } from './issues.js';
import { layOptions } from './lay.js';
import type { Environment, Layer, SourcedIssue } from './layer.js';
import { resolveMetrics } from './metrics.js';
import { ownVariables } from './own-variables.js';
import { isPlain, unitsOf } from './units.js';

export interface NodeInitOptions extends InitOptions {
  /**
   * Path of a YAML or JSON file with options, which those here go before; `false` reads none.
   * @default what `AGENTOPS_CONFIG_FILE` names, or `agentops.yaml`, `agentops.yml` or `agentops.json` of the working directory
   */
  configFile?: string | false;
}

/** What a process is configured with. */
export interface LoadedConfig {
  readonly options: InitOptions;
  /** The configuration file, as it was named. */
  readonly file: string | undefined;
  /** What set the value at a path: `file agentops.yaml:3`, `env AGENTOPS_ENDPOINT`, `code`, or `default`. */
  sourceOf(path: string): string;
  /** Everything that is wrong, in every source, also where another source goes before it. Any makes the configuration unusable. */
  readonly issues: readonly SourcedIssue[];
  readonly warnings: readonly string[];
  /** What is set and does nothing here, with nobody the worse for it, and why. */
  readonly notes: readonly string[];
  /** What switches telemetry off. Nothing else matters then but what is said of propagation. */
  readonly disabledBy: string | undefined;
}

/** The names that resources have for options of ours. */
const RESOURCE_NAMES: readonly (readonly [option: string, attribute: string])[] = [
  ['serviceName', 'service.name'],
  ['serviceVersion', 'service.version'],
  ['environment', 'deployment.environment.name'],
];

/** File < the file of OpenTelemetry's < environment < code. Everything is read anew. */
export function loadConfig(code: unknown, environment: Environment): LoadedConfig {
  const loaded = loadFrom(code, environment, false);
  // Also where something is wrong: it may be in what is for the provider of the app.
  return loaded.options?.telemetry?.useExternalOtel ? loadFrom(code, environment, true) : loaded;
}

function loadFrom(code: unknown, environment: Environment, isAttached: boolean): LoadedConfig {
  const { configFile, ...rest } = isPlain(code) ? (code as NodeInitOptions) : {};
  const isName = configFile === undefined || configFile === false || isText(configFile);
  const file = isName ? readConfigFile(configFile, environment) : undefined;
  const declared = readDeclared(environment, isAttached);
  const variables = ownVariables(environment, { isDeclared: declared !== undefined, isAttached });
  const { lent, warnings } = readLentOptions(variables);
  const layers = [
    ...(file ? [file] : []),
    ...(declared ? [declared] : []),
    readEntities(variables),
    readEnvironment(variables),
    codeLayer(isPlain(code) ? rest : code),
  ].map(withResourceNames);

  const options = layers.reduce<InitOptions>((under, layer) => layOptions(under, layer.options as InitOptions), {});
  const sourceOf = (path: string) =>
    layers
      .filter(layer => sets(layer, path))
      .at(-1)
      ?.sourceOf(path) ?? 'default';
  const found = {
    file: file?.file,
    warnings: [...layers.flatMap(layer => layer.warnings), ...warnings],
    issues: [...(isName ? [] : [WRONG_NAME]), ...layers.flatMap(issuesIn)],
    notes: declared ? declared.notes : idleVariables(variables),
    disabledBy: declared?.disabledBy ?? (isDisabled(variables) ? 'OTEL_SDK_DISABLED' : undefined),
  };
  if (found.issues.length) return { ...found, options, sourceOf };

  const { telemetry, issues, borrowed } = resolveExporters(options, sourceOf, lent);
  const metrics = resolveMetrics(mergeOptions(options, { telemetry }), sourceOf, readGeneral(variables));
  return {
    ...found,
    options: metrics.options,
    sourceOf: path => borrowed.get(path) ?? metrics.borrowed.get(path) ?? sourceOf(path),
    issues: [...issues, ...metrics.issues].map(issue => ({ ...issue, source: sourceOf(issue.path) })),
  };
}

const WRONG_NAME: SourcedIssue = {
  path: 'configFile',
  message: 'must be the path of a file, or false',
  source: 'code',
};

function codeLayer(options: unknown): Layer {
  return { options, sourceOf: () => 'code', issues: [], warnings: [] };
}

/** So that whichever of the two is said in a later source goes before what either says in an earlier one. */
function withResourceNames(layer: Layer): Layer {
  const { options } = layer;
  const attributes = isPlain(options) && options['resourceAttributes'];
  if (!isPlain(options) || !isPlain(attributes)) return layer;
  const named = RESOURCE_NAMES.filter(([option, name]) => options[option] === undefined && isText(attributes[name]));
  const origins = new Map(named.map(([option, name]) => [option, `resourceAttributes.${name}`]));
  return {
    ...layer,
    options: { ...options, ...Object.fromEntries(named.map(([option, name]) => [option, attributes[name]])) },
    sourceOf: path => layer.sourceOf(origins.get(path) ?? path),
  };
}

function issuesIn(layer: Layer): SourcedIssue[] {
  const wrong = issuesOf(layer.options).map(issue => ({ ...issue, source: layer.sourceOf(issue.path) }));
  return [...layer.issues, ...wrong];
}

function sets({ options }: Layer, path: string): boolean {
  return [...unitsOf(options).keys()].some(
    unit => path === unit || path.startsWith(`${unit}.`) || path.startsWith(`${unit}[`),
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
