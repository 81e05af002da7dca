import type { MetricsOptions } from '@agentops/shared/metrics/options';
import { asFlag, asHeaders, asNames, asNumber, asText, firstOf, setAt, type Reader } from '../environment.js';
import { issuesOf } from './issues.js';
import type { Environment, LentOptions } from './layer.js';

/** An option of one type of exporter, how its variables are read, and OpenTelemetry's names for it; the first that is set counts. */
type Row = readonly [path: string, read: Reader, ...otel: string[]];

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  otlp: [
    ['protocol', asText, ...otlpNames('PROTOCOL')],
    ['compression', asText, ...otlpNames('COMPRESSION')],
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
    const options: Record<string, unknown> = {};
    const sources = new Map<string, string>();
    for (const [path, read, ...variables] of rows) {
      const place = path.split('.');
      const faultOf = (value: unknown) =>
        issuesOf({ telemetry: { exporters: [setAt({ type }, place, value)] } })[0]?.message;
      const found = firstOf(variables, { environment, warnings, read, faultOf });
      if (!found) continue;
      setAt(options, place, found.value);
      sources.set(path, `env ${found.variable}`);
    }
    return [type, { options, sources }];
  });
  return { lent: new Map(lent), warnings };
}

/**
 * What `OTEL_EXPORTER_OTLP_*` says for metrics that go to an endpoint of their own. Whoever warns of a wrong value has done so where it is read for
 * spans.
 */
export function readGeneral(environment: Environment): Pick<MetricsOptions, 'headers' | 'protocol'> {
  const search = { environment, warnings: [] };
  const headers = firstOf(['OTEL_EXPORTER_OTLP_HEADERS'], { ...search, read: asHeaders })?.value;
  const read = asNames(['http/protobuf', 'http/json']);
  const [protocol] = (firstOf(['OTEL_EXPORTER_OTLP_PROTOCOL'], { ...search, read })?.value ??
    []) as Required<MetricsOptions>['protocol'][];
  return { ...(headers ? { headers: headers as Record<string, string> } : {}), ...(protocol && { protocol }) };
}

function otlpNames(name: string): string[] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}
