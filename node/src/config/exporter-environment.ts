import { asFlag, asHeaders, asLowerCase, asNumber, asText, firstOf, setAt, type Reader } from '../environment.js';
import { withScheme } from './endpoint.js';
import { issuesOf } from './issues.js';
import type { Environment, LentOptions } from './layer.js';

/** An option of one type of exporter, how its variables are read, and OpenTelemetry's names for it; the first that is set counts. */
type Row = readonly [path: string, read: Reader, ...otel: string[]];

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  otlp: [
    ['protocol', asLowerCase, ...otlpNames('PROTOCOL')],
    ['compression', asLowerCase, ...otlpNames('COMPRESSION')],
    ['insecure', asFlag, ...otlpNames('INSECURE')],
    ['tls.ca', asText, ...otlpNames('CERTIFICATE')],
    ['tls.cert', asText, ...otlpNames('CLIENT_CERTIFICATE')],
    ['tls.key', asText, ...otlpNames('CLIENT_KEY')],
  ],
  zipkin: [
    ['endpoint', asText, 'OTEL_EXPORTER_ZIPKIN_ENDPOINT'],
    ['timeoutMs', asNumber, 'OTEL_EXPORTER_ZIPKIN_TIMEOUT'],
  ],
};

/** What `OTEL_EXPORTER_*` says of every exporter of a type, also of one that the code names. */
export function readLentOptions(environment: Environment): {
  lent: ReadonlyMap<string, LentOptions>;
  warnings: string[];
} {
  const warnings: string[] = [];
  const lent = Object.entries(ROWS).map(([type, rows]): [string, LentOptions] => {
    const around = (options: object) => ({ telemetry: { exporters: [{ type, ...options }] } });
    return [type, readRows(rows, { environment, warnings, around })];
  });
  return { lent: new Map(lent), warnings };
}

/**
 * What `OTEL_EXPORTER_OTLP_*` says for metrics that go elsewhere than with spans. Whoever warns of a wrong value has done so where it is read for
 * spans.
 */
export function readGeneral(environment: Environment): LentOptions {
  const rows: Row[] = [
    ['endpoint', withScheme, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    ['headers', asHeaders, 'OTEL_EXPORTER_OTLP_HEADERS'],
    ...(ROWS['otlp'] ?? []),
  ];
  return readRows(
    rows.map(([path, read, ...variables]) => [path, read, ...variables.slice(-1)]),
    { environment, warnings: [], around: options => ({ telemetry: { metrics: options } }) },
  );
}

interface Reading {
  readonly environment: Environment;
  readonly warnings: string[];
  /** A configuration with `options` where they belong. */
  readonly around: (options: object) => object;
}

function readRows(rows: readonly Row[], { environment, warnings, around }: Reading): LentOptions {
  const options: Record<string, unknown> = {};
  const sources = new Map<string, string>();
  for (const [path, read, ...variables] of rows) {
    const place = path.split('.');
    const faultOf = (value: unknown) => issuesOf(around(setAt({}, place, value)))[0]?.message;
    const found = firstOf(variables, { environment, warnings, read, faultOf });
    if (!found) continue;
    setAt(options, place, found.value);
    sources.set(path, `env ${found.variable}`);
  }
  return { options, sources };
}

function otlpNames(name: string): string[] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}
