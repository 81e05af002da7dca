import { PROPAGATION_NAMES } from '@agentops/shared';
import { issuesOf } from './config/issues.js';
import { readExemplarFilter } from './exemplar-filter.js';
import { readSampler, SAMPLER } from './sampler.js';
import { withScheme } from './config/endpoint.js';
import { isHeader, tokenOf } from './config/headers-check.js';
import { nearest, type Environment, type Layer } from './config/layer.js';

/** Told what of a variable of OpenTelemetry's is ignored. */
type Ignore = (fault: string) => void;

/** Makes a value of a variable's text; `undefined` when there is nothing in it. What it cannot read it leaves as it is, for validation. */
export type Reader = (text: string, ignore?: Ignore) => unknown;

/** An option, how its variables are read, and OpenTelemetry's names for it, which come after our own; the first that is set counts. */
type Row = readonly [path: string, read: Reader, ...otel: string[]];

/** OpenTelemetry's name for the URL of traces alone, to which no path is added. */
export const TRACES_ENDPOINT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
export const TRACES_EXPORTER = 'OTEL_TRACES_EXPORTER';
export const METRICS_EXPORTER = 'OTEL_METRICS_EXPORTER';

const ROWS: readonly Row[] = [
  ['serviceName', asText, 'OTEL_SERVICE_NAME'],
  ['serviceVersion', asText],
  ['environment', asText],
  ['resourceAttributes', asAttributes, 'OTEL_RESOURCE_ATTRIBUTES'],
  ['endpoint', withScheme, TRACES_ENDPOINT, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['headers', asHeaders, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'],
  ['tags', asList],
  ['autoStartSession', asFlag],
  ['propagateTo', asDestinations],
  ['debug', asDebug, 'OTEL_LOG_LEVEL'],
  ['session.idleTimeoutMs', asNumber],
  ['session.maxDurationMs', asNumber],
  ['telemetry.exporters', asExporters, TRACES_EXPORTER],
  ['telemetry.useExternalOtel', asFlag],
  ['telemetry.context.propagation', asNames(PROPAGATION_NAMES), 'OTEL_PROPAGATORS'],
  ['telemetry.context.baggageAttributes', asList],
  ['telemetry.sampling.rate', asNumber],
  ['telemetry.sampling.tail.keepErrors', asFlag],
  ['telemetry.sampling.tail.slowerThanMs', asNumber],
  ['telemetry.sampling.tail.maxTraces', asNumber],
  ['telemetry.sampling.tail.maxSpans', asNumber],
  ['telemetry.sampling.tail.waitMs', asNumber],
  ['telemetry.batch.maxQueueSize', asNumber, 'OTEL_BSP_MAX_QUEUE_SIZE'],
  ['telemetry.batch.maxQueueBytes', asNumber],
  ['telemetry.batch.maxBatchSize', asNumber, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'],
  ['telemetry.batch.delayMs', asNumber, 'OTEL_BSP_SCHEDULE_DELAY'],
  [
    'telemetry.batch.timeoutMs',
    asNumber,
    'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT',
    'OTEL_EXPORTER_OTLP_TIMEOUT',
    'OTEL_BSP_EXPORT_TIMEOUT',
  ],
  [
    'telemetry.spanLimits.attributeValueLength',
    asNumber,
    'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  ],
  ['telemetry.spanLimits.attributeCount', asNumber, 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  ['telemetry.spanLimits.eventCount', asNumber, 'OTEL_SPAN_EVENT_COUNT_LIMIT'],
  ['telemetry.spanLimits.linkCount', asNumber, 'OTEL_SPAN_LINK_COUNT_LIMIT'],
  ['telemetry.spanLimits.eventAttributeCount', asNumber, 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'],
  ['telemetry.spanLimits.linkAttributeCount', asNumber, 'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'],
  // Before what is inside it, which `false` leaves no room for.
  ['telemetry.metrics', asFlag],
  ['telemetry.metrics.exporters', asMetricExporters, METRICS_EXPORTER],
  ['telemetry.metrics.endpoint', asText],
  ['telemetry.metrics.url', asText, 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'],
  ['telemetry.metrics.headers', asHeaders, 'OTEL_EXPORTER_OTLP_METRICS_HEADERS'],
  ['telemetry.metrics.protocol', asLowerCase, 'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL'],
  ['telemetry.metrics.compression', asLowerCase, 'OTEL_EXPORTER_OTLP_METRICS_COMPRESSION'],
  ['telemetry.metrics.insecure', asFlag, 'OTEL_EXPORTER_OTLP_METRICS_INSECURE'],
  ['telemetry.metrics.tls.ca', asText, 'OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE'],
  ['telemetry.metrics.tls.cert', asText, 'OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE'],
  ['telemetry.metrics.tls.key', asText, 'OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY'],
  ['telemetry.metrics.intervalMs', asNumber, 'OTEL_METRIC_EXPORT_INTERVAL'],
  [
    'telemetry.metrics.timeoutMs',
    asNumber,
    'OTEL_EXPORTER_OTLP_METRICS_TIMEOUT',
    'OTEL_EXPORTER_OTLP_TIMEOUT',
    'OTEL_METRIC_EXPORT_TIMEOUT',
  ],
  [
    'telemetry.metrics.temporality',
    asLowerCase,
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    // As some documents have it.
    'OTEL_EXPORTER_METRICS_TEMPORALITY_PREFERENCE',
  ],
  ['telemetry.metrics.histogramAggregation', asLowerCase, 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'],
  ['telemetry.metrics.dimensions', asList],
  ['telemetry.metrics.cardinalityLimit', asNumber],
  ['telemetry.metrics.prometheus.host', asText, 'OTEL_EXPORTER_PROMETHEUS_HOST'],
  ['telemetry.metrics.prometheus.port', asNumber, 'OTEL_EXPORTER_PROMETHEUS_PORT'],
  ['telemetry.diskQueue.folder', asText],
  ['telemetry.diskQueue.maxBytes', asNumber],
];

/** An option that goes before another -> that other, which must come first in the table: our own name for it goes before OpenTelemetry's for the option. */
const OWN_FIRST: Readonly<Record<string, string>> = { 'telemetry.metrics.url': 'telemetry.metrics.endpoint' };

/** `AGENTOPS_*` and `OTEL_*` variables as options. An empty variable counts as not set, as OpenTelemetry has it. */
export function readEnvironment(environment: Environment): Layer {
  const search: Pick<Search, 'environment' | 'warnings'> = { environment, warnings: [] };
  const variables = new Map<string, string>();
  const options: Record<string, unknown> = {};
  for (const [path, read, ...otel] of ROWS) {
    const place = path.split('.');
    const faultOf = (value: unknown) => issuesOf(setAt({}, place, value))[0]?.message;
    const names = variables.has(OWN_FIRST[path] ?? '') ? [] : otel;
    const found = firstOf([ownVariable(path), ...names], { ...search, read, faultOf });
    if (!found) continue;
    variables.set(path, found.variable);
    setAt(options, place, found.value);
  }
  readExemplarFilter(environment, search.warnings);
  const sampler = readSampler(environment, search.warnings);
  // Our own names go first.
  if (sampler && !variables.has('telemetry.sampling.rate')) {
    variables.set('telemetry.sampler', SAMPLER);
    setAt(options, ['telemetry', 'sampler'], sampler);
  }
  return {
    options,
    sourceOf: path => `env ${nearest(variables, path)}`,
    issues: [],
    warnings: search.warnings,
  };
}

/** True when the user has switched telemetry off altogether. */
export function isDisabled(environment: Environment): boolean {
  // Beside a file of OpenTelemetry's no other variable of its counts.
  return !environment['OTEL_CONFIG_FILE'] && environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true';
}

/** The variable of our own name for the option at `path`. */
export function ownVariable(path: string): string {
  const name = path.replace(/^telemetry\.(context\.)?/, '').replaceAll('.', '_');
  return `AGENTOPS_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

interface Search {
  readonly environment: Environment;
  readonly warnings: string[];
  readonly read: Reader;
  /** What is wrong with a value. */
  readonly faultOf?: (value: unknown) => string | undefined;
}

/** OpenTelemetry has its own variables ignored where they are wrong, with a warning; ours are reported as any other wrong value is. */
export function firstOf(variables: readonly string[], { environment, warnings, read, faultOf }: Search) {
  for (const variable of variables) {
    const text = environment[variable];
    if (!text) continue;
    const isOwn = variable.startsWith('AGENTOPS_');
    const value = read(text, isOwn ? undefined : fault => warnings.push(`${variable}: ${fault} is ignored`));
    if (value === undefined) continue;
    const fault = isOwn ? undefined : faultOf?.(value);
    if (fault === undefined) return { variable, value };
    warnings.push(`${variable} ${fault}; it is ignored`);
  }
  return undefined;
}

export function asText(text: string): string {
  return text;
}

export function asFlag(text: string): unknown {
  const word = text.trim().toLowerCase();
  return ['true', 'false'].includes(word) ? word === 'true' : text;
}

/** OpenTelemetry's names are the same in any case. */
export function asLowerCase(text: string): string {
  return text.trim().toLowerCase();
}

/** A flag, or OpenTelemetry's name of a level. */
function asDebug(text: string): unknown {
  const word = text.trim().toLowerCase();
  if (['all', 'verbose', 'debug'].includes(word)) return true;
  return ['info', 'warn', 'error', 'none'].includes(word) ? false : asFlag(text);
}

export function asNumber(text: string): number {
  return Number(text);
}

function asList(text: string): string[] | undefined {
  const items = text.split(',').map(item => item.trim());
  const filled = items.filter(Boolean);
  return filled.length ? filled : undefined;
}

/** `none`, as in `OTEL_PROPAGATORS`, is nobody. */
function asDestinations(text: string): string[] | false | undefined {
  return text.trim() === 'none' ? false : asList(text);
}

export function asNames(known: readonly string[]): Reader {
  return (text, ignore) => {
    const names = asList(asLowerCase(text));
    const unknown = ignore && names?.filter(name => !known.includes(name));
    if (!ignore || !unknown?.length) return names;
    ignore(`${unknown.join(', ')} is not known and`);
    return asList(names?.filter(name => known.includes(name)).join() ?? '');
  };
}

function asExporters(text: string, ignore: Ignore | undefined): unknown {
  const names = asNames(['otlp', 'console', 'zipkin', 'none'])(text, ignore) as string[] | undefined;
  return names?.filter(name => name !== 'none');
}

function asMetricExporters(text: string, ignore: Ignore | undefined): unknown {
  const names = asNames(['otlp', 'prometheus', 'console', 'none'])(text, ignore) as string[] | undefined;
  return names?.filter(name => name !== 'none');
}

/** The whole of it or, as OpenTelemetry has it, nothing. */
export function asAttributes(text: string, ignore?: Ignore): unknown {
  const pairs = parsePairs(text);
  if (pairs.every(pair => pair !== undefined)) return Object.fromEntries(pairs);
  ignore?.('a part of it is no name=value, so all of it');
  return ignore ? undefined : text;
}

/** Of OpenTelemetry's each for itself: one that is misspelt must not keep the others, such as a key, from the backend. */
export function asHeaders(text: string, ignore?: Ignore): unknown {
  const pairs = parsePairs(text);
  const read = pairs.filter(pair => pair !== undefined);
  const good = ignore ? read.filter(isHeader) : read;
  if (read.length < pairs.length) {
    if (!ignore) return text;
    ignore('what is no name=value');
  }
  if (good.length < read.length) {
    const names = read.filter(pair => !isHeader(pair)).map(([name]) => tokenOf(name));
    ignore?.(`${names.join(', ')}, which HTTP cannot carry,`);
  }
  return good.length ? Object.fromEntries(good) : undefined;
}

/** `key=value,key=value` with percent-coded values; `undefined` for what is none. */
function parsePairs(text: string): ([name: string, value: string] | undefined)[] {
  return (asList(text) ?? []).map(pair => {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
    try {
      return name.trim() ? [name.trim(), decodeURIComponent(value.trim())] : undefined;
    } catch {
      return undefined;
    }
  });
}

export function setAt(options: Record<string, unknown>, [name = '', ...rest]: string[], value: unknown): object {
  const there = options[name];
  // What is no object, such as `false`, has no parts.
  if (rest.length && there !== undefined && there !== true && typeof there !== 'object') return options;
  const inside = rest.length ? setAt({ ...(there as object | undefined) }, rest, value) : value;
  return Object.assign(options, { [name]: inside });
}
