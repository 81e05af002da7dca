import { describeConfig } from '@agentops/node/config';
import { flush, init } from '@agentops/node';
import { getMeter } from '@agentops/node/metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startMetricsCollector, type MetricsCollector } from '../support/node-metrics-collector.js';
import { useMetrics } from '../support/node-metrics.js';
import { writeDocument } from '../support/otel-document.js';

const setup = useMetrics();
let lower: MetricsCollector;

beforeEach(async () => {
  lower = await startMetricsCollector();
  for (const name of Object.keys(process.env)) if (/^(OTEL|AGENTOPS)_/.test(name)) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  await lower.close();
  vi.unstubAllEnvs();
});

interface Sources {
  /** `telemetry.metrics` of agentops.yaml, and of the code. */
  readonly file?: object;
  readonly code?: object;
  /** The exporter of the only reader in OpenTelemetry's file. */
  readonly document?: object;
  readonly variables?: Record<string, string>;
}

const reading = (exporter: object) =>
  JSON.stringify({ file_format: '1.1', meter_provider: { readers: [{ periodic: { exporter } }] } });

/** What `init()` is given, with the sources before it in place. */
function prepare({ file, document, variables = {}, code }: Sources): Parameters<typeof describeConfig> {
  const configFile = file ? writeDocument(JSON.stringify({ telemetry: { metrics: file } }), 'agentops.json') : false;
  return [
    { configFile, telemetry: code ? { metrics: code } : {} },
    { ...variables, ...(document && { OTEL_CONFIG_FILE: writeDocument(reading(document)) }) },
  ];
}

describe('metrics go where the later source says', () => {
  const [low, high] = ['http://{low}/low', 'http://{high}'];

  it.each<[string, Sources, path: string]>([
    ['an endpoint of the code after a url of a file', { file: { url: low }, code: { endpoint: high } }, '/v1/metrics'],
    ['a url of the code after an endpoint of a file', { file: { endpoint: low }, code: { url: high } }, '/'],
    [
      "an endpoint of the code after OpenTelemetry's file",
      { document: { otlp_http: { endpoint: low } }, code: { endpoint: high } },
      '/v1/metrics',
    ],
    [
      'an endpoint of the environment after a url of a file',
      { file: { url: low }, variables: { AGENTOPS_METRICS_ENDPOINT: high } },
      '/v1/metrics',
    ],
    [
      'an endpoint of the code after a url of the environment',
      { variables: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: low }, code: { endpoint: high } },
      '/v1/metrics',
    ],
    [
      'an endpoint by our own variable beside a url by that of OpenTelemetry',
      { variables: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: low, AGENTOPS_METRICS_ENDPOINT: high } },
      '/v1/metrics',
    ],
    ['a url beside an endpoint of the same source', { code: { url: high, endpoint: low } }, '/'],
  ])('%s', async (_title, sources, path) => {
    const hosts = { low: new URL(lower.url).host, high: new URL(setup.collector.url).host };
    const whole = JSON.stringify(sources).replace(/\{(low|high)\}/g, (_, name: keyof typeof hosts) => hosts[name]);
    const [options, variables = {}] = prepare(JSON.parse(whole) as Sources);
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    init(options);
    getMeter().createCounter('orders').add(1);
    await flush();
    expect(setup.collector.exports.map(each => each.path)).toEqual([path]);
    expect(lower.exports).toEqual([]);
  });

  it("and gRPC is spoken to nobody but the target of OpenTelemetry's file", () => {
    const { settings, issues } = describeConfig(
      ...prepare({ file: { url: 'http://a.test/m' }, document: { otlp_grpc: { endpoint: 'b.test:4317' } } }),
    );
    const metrics = settings.filter(({ path }) => /^telemetry\.metrics\.(url|endpoint|protocol)$/.test(path));
    expect(issues).toEqual([]);
    expect(Object.fromEntries(metrics.map(({ path, value }) => [path.slice(18), value]))).toEqual({
      endpoint: 'b.test:4317',
      protocol: 'grpc',
    });
  });
});
