import { PROPAGATION_NAMES, diagnostics, type InitOptions, type PropagationName } from '@agentops/shared';

type Environment = Readonly<Record<string, string | undefined>>;

/** `AGENTOPS_*` and `OTEL_*` variables as options. An empty variable counts as not set, as OpenTelemetry has it. */
export function optionsFromEnvironment(environment: Environment): InitOptions {
  const read = (name: string) => environment[name] || undefined;
  const propagation = parsePropagators(read('OTEL_PROPAGATORS'));
  const endpoint =
    read('AGENTOPS_ENDPOINT') ?? read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? read('OTEL_EXPORTER_OTLP_ENDPOINT');
  const headers = parsePairs(read('OTEL_EXPORTER_OTLP_TRACES_HEADERS') ?? read('OTEL_EXPORTER_OTLP_HEADERS'));
  const protocol = read('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? read('OTEL_EXPORTER_OTLP_PROTOCOL');
  return defined({
    serviceName: read('AGENTOPS_SERVICE_NAME') ?? read('OTEL_SERVICE_NAME'),
    resourceAttributes: parsePairs(read('OTEL_RESOURCE_ATTRIBUTES')),
    endpoint,
    headers,
    debug: read('AGENTOPS_DEBUG')?.toLowerCase() === 'true' || undefined,
    propagateTo: parseList(read('AGENTOPS_PROPAGATE_TO')),
    tags: parseList(read('AGENTOPS_TAGS')),
    telemetry: defined({
      exporters: endpoint && protocol ? [{ type: 'otlp' as const, protocol: protocol as 'http/json' }] : undefined,
      context: defined({ propagation, baggageAttributes: parseList(read('AGENTOPS_BAGGAGE_ATTRIBUTES')) }),
    }),
  });
}

/** True when the user has switched telemetry off altogether. */
export function isDisabled(environment: Environment): boolean {
  return environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true';
}

function parsePropagators(value: string | undefined): PropagationName[] | undefined {
  const names = parseList(value);
  const unknown = names?.filter(name => !isPropagation(name)) ?? [];
  // OpenTelemetry's rule for its own variables: warn, and go on without.
  if (unknown.length)
    diagnostics.warn('otel-propagators', `OTEL_PROPAGATORS: ${unknown.join(', ')} is not known and is ignored`);
  return names?.filter(isPropagation);
}

function isPropagation(name: string): name is PropagationName {
  return (PROPAGATION_NAMES as readonly string[]).includes(name);
}

function parseList(value: string | undefined): string[] | undefined {
  const items = value?.split(',').map(item => item.trim());
  return items?.filter(Boolean);
}

/** `key=value,key=value` with percent-coded values. */
function parsePairs(value: string | undefined): Record<string, string> | undefined {
  const pairs = parseList(value)?.map(pair => [
    pair.slice(0, pair.indexOf('=')).trim(),
    decode(pair.slice(pair.indexOf('=') + 1)),
  ]);
  return pairs && Object.fromEntries(pairs.filter(([key]) => key));
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
