import { PROPAGATION_NAMES, diagnostics, type InitOptions, type Protocol } from '@agentops/shared';

const PROTOCOLS: readonly Protocol[] = ['http/json', 'http/protobuf'];

type Environment = Readonly<Record<string, string | undefined>>;

/** `AGENTOPS_*` and `OTEL_*` variables as options. An empty variable counts as not set, as OpenTelemetry has it. */
export function optionsFromEnvironment(environment: Environment): InitOptions {
  const read = (name: string) => environment[name] || undefined;
  const propagation = known('OTEL_PROPAGATORS', parseList(read('OTEL_PROPAGATORS')), PROPAGATION_NAMES);
  const endpoint =
    read('AGENTOPS_ENDPOINT') ?? read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? read('OTEL_EXPORTER_OTLP_ENDPOINT');
  const headers = parsePairs(read('OTEL_EXPORTER_OTLP_TRACES_HEADERS') ?? read('OTEL_EXPORTER_OTLP_HEADERS'));
  return defined({
    serviceName: read('AGENTOPS_SERVICE_NAME') ?? read('OTEL_SERVICE_NAME'),
    resourceAttributes: parsePairs(read('OTEL_RESOURCE_ATTRIBUTES')),
    endpoint,
    headers,
    debug: read('AGENTOPS_DEBUG')?.toLowerCase() === 'true' || undefined,
    propagateTo: parseDestinations(read('AGENTOPS_PROPAGATE_TO')),
    tags: parseList(read('AGENTOPS_TAGS')),
    telemetry: defined({
      context: defined({ propagation, baggageAttributes: parseList(read('AGENTOPS_BAGGAGE_ATTRIBUTES')) }),
      diskQueue: diskQueueOf(read('AGENTOPS_DISK_QUEUE_FOLDER'), read('AGENTOPS_DISK_QUEUE_MAX_BYTES')),
    }),
  });
}

/** The protocol of every OTLP export that names none, also of one to an endpoint that the code names. */
export function protocolFromEnvironment(environment: Environment): Protocol | undefined {
  const protocol = environment['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || environment['OTEL_EXPORTER_OTLP_PROTOCOL'];
  return known('OTEL_EXPORTER_OTLP_PROTOCOL', parseList(protocol), PROTOCOLS)?.[0];
}

/** True when the user has switched telemetry off altogether. */
export function isDisabled(environment: Environment): boolean {
  return environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true';
}

/** OpenTelemetry's rule for its own variables: warn of what is not known, and go on without. */
function known<T extends string>(variable: string, names: string[] | undefined, all: readonly T[]): T[] | undefined {
  const isKnown = (name: string): name is T => (all as readonly string[]).includes(name);
  const unknown = names?.filter(name => !isKnown(name)) ?? [];
  if (unknown.length)
    diagnostics.warn(`environment:${variable}`, `${variable}: ${unknown.join(', ')} is not known and is ignored`);
  return names?.filter(isKnown);
}

function diskQueueOf(folder: string | undefined, maxBytes: string | undefined) {
  return folder === undefined ? undefined : { folder, ...(maxBytes !== undefined && { maxBytes: Number(maxBytes) }) };
}

function parseList(value: string | undefined): string[] | undefined {
  const items = value?.split(',').map(item => item.trim());
  const filled = items?.filter(Boolean);
  return filled?.length ? filled : undefined;
}

/** `none`, as in `OTEL_PROPAGATORS`, is nobody. */
function parseDestinations(value: string | undefined): string[] | false | undefined {
  return value?.trim() === 'none' ? false : parseList(value);
}

/** `key=value,key=value` with percent-coded values. */
function parsePairs(value: string | undefined): Record<string, string> | undefined {
  const pairs = parseList(value)?.flatMap(pair => {
    const [, name, text = ''] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
    return name ? [[name.trim(), decode(text)]] : [];
  });
  return pairs && Object.fromEntries(pairs);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value.trim());
  } catch {
    return value.trim();
  }
}

/** Without what is `undefined`, and `undefined` where nothing is left of a nested part. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
