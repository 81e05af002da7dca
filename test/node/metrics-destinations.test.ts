import { describeConfig } from '@agentops/node/config';
import { flush, init, withTool, type InitOptions } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startMetricsCollector, type MetricsCollector } from '../support/node-metrics-collector.js';
import { useMetrics } from '../support/node-metrics.js';

const setup = useMetrics();
let other: MetricsCollector;

beforeEach(async () => {
  other = await startMetricsCollector();
  for (const name of Object.keys(process.env)) if (/^(OTEL|AGENTOPS)_/.test(name)) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  await other.close();
  vi.unstubAllEnvs();
});

type Telemetry = NonNullable<InitOptions['telemetry']>;

/** What `init()` makes of `{url}`, the collector's, and of `{other}`. */
const inPlace = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replaceAll('{url}', setup.collector.url).replaceAll('{other}', other.url)) as T;

async function measure(options: InitOptions): Promise<void> {
  init(options);
  withTool('search', () => {});
  await flush({ timeoutMs: 500 });
}

const received = ({ exports }: MetricsCollector) => exports.filter(({ path }) => path.endsWith('/v1/metrics'));

const spanExporter = {
  export: (_spans: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
};

describe('a backend that is to see only a part of the spans gets no metrics', () => {
  it.each<[string, object]>([
    ['a filter', { filter: { drop: [{ name: 'db *' }] } }],
    ['redaction', { redact: ['user.*'] }],
  ])('by %s, which hold for spans alone', async (_title, own) => {
    const exporters = inPlace([
      { type: 'otlp' as const, endpoint: '{url}' },
      { type: 'otlp' as const, endpoint: '{other}', ...own },
    ]);
    await measure({ telemetry: { exporters } });
    expect(setup.collector.values('tool.calls.count', 'gen_ai.tool.name')).toEqual({ search: 1 });
    expect(received(other)).toEqual([]);
  });

  it('but those whose endpoint is named for them', async () => {
    const exporters = inPlace([{ type: 'otlp' as const, endpoint: '{other}', redact: ['user.*'] }]);
    await measure({ telemetry: { exporters, metrics: inPlace({ endpoint: '{other}' }) } });
    expect(received(other)).toHaveLength(1);
  });

  it('also where it is that of the configuration, and metrics are asked for', () => {
    const telemetry: Telemetry = { exporters: [{ type: 'otlp', redact: ['*'] }], metrics: { exporters: ['otlp'] } };
    const { issues } = describeConfig({ endpoint: 'http://a.test', telemetry }, {});
    expect(issues).toMatchObject([{ path: 'telemetry.metrics.endpoint', message: expect.stringMatching(/^must be/) }]);
  });
});

describe('where no backend of spans is OTLP, metrics that are asked for go to the endpoint of the configuration', () => {
  it.each<[string, Telemetry]>([
    ['by name, beside the console', { exporters: [], metrics: { exporters: ['otlp'] } }],
    ['by true, beside an exporter of the app’s', { exporters: [spanExporter], metrics: true }],
    [
      'by name, beside one on top',
      { exporters: [], additionalExporters: [spanExporter], metrics: { exporters: ['otlp'] } },
    ],
  ])('%s', async (_title, telemetry) => {
    await measure({ endpoint: `${setup.collector.url}/base`, headers: { 'x-key': 'mine' }, telemetry });
    expect(setup.collector.exports.map(({ path, headers }) => [path, headers['x-key']])).toEqual([
      ['/base/v1/metrics', 'mine'],
    ]);
    expect(setup.warnings).toEqual([]);
  });

  it('with the headers for metrics over those of the configuration', async () => {
    const metrics = { exporters: ['otlp' as const], headers: { 'x-key': 'metrics' } };
    const headers = { 'x-key': 'all', 'x-tenant': 'a' };
    await measure({ endpoint: setup.collector.url, headers, telemetry: { exporters: [], metrics } });
    expect(setup.collector.exports[0]?.headers).toMatchObject({ 'x-key': 'metrics', 'x-tenant': 'a' });
  });

  it.each<[Record<string, string>, path: string]>([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '{url}', OTEL_METRICS_EXPORTER: 'otlp' }, '/v1/metrics'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '{url}', AGENTOPS_METRICS: 'true' }, '/v1/metrics'],
    [{ AGENTOPS_ENDPOINT: '{url}/own', OTEL_METRICS_EXPORTER: 'otlp' }, '/own/v1/metrics'],
    [
      {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/traces',
        OTEL_EXPORTER_OTLP_ENDPOINT: '{url}/all',
        OTEL_METRICS_EXPORTER: 'otlp',
      },
      '/all/v1/metrics',
    ],
  ])('of %o with OTEL_TRACES_EXPORTER=none: %s', async (variables, path) => {
    for (const [name, value] of Object.entries(inPlace(variables))) vi.stubEnv(name, value);
    vi.stubEnv('OTEL_TRACES_EXPORTER', 'none');
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');
    await measure({});
    expect(setup.collector.exports.map(each => [each.path, each.headers['content-type']])).toEqual([
      [path, 'application/json'],
    ]);
  });

  it('which says by its port that it is gRPC', () => {
    const telemetry: Telemetry = { exporters: ['console'], metrics: { exporters: ['otlp'] } };
    const { settings, issues } = describeConfig({ telemetry }, { AGENTOPS_ENDPOINT: 'localhost:4317' });
    const metrics = settings.filter(({ path }) => path.startsWith('telemetry.metrics.'));
    expect(issues).toEqual([]);
    expect(metrics).toEqual([
      { path: 'telemetry.metrics.exporters', value: ['otlp'], source: 'code' },
      { path: 'telemetry.metrics.protocol', value: 'grpc', source: 'default' },
    ]);
  });

  it.each<[string, InitOptions, Record<string, string>, wrong: string | undefined]>([
    ['code', { telemetry: { metrics: { exporters: ['otlp'] } } }, {}, 'telemetry.metrics.endpoint'],
    [
      'one for traces',
      { endpoint: 'http://a.test/v1/traces', telemetry: { exporters: ['console'], metrics: { exporters: ['otlp'] } } },
      {},
      'telemetry.metrics.endpoint',
    ],
    ['OTEL_METRICS_EXPORTER', {}, { OTEL_METRICS_EXPORTER: 'otlp' }, undefined],
  ])(
    'and without a usable one are wrong in code, or go where OpenTelemetry has a collector: %s',
    (_title, options, variables, wrong) => {
      const { settings, issues } = describeConfig(options, variables);
      expect(issues[0]?.path).toBe(wrong);
      const endpoint = settings.find(({ path }) => path === 'telemetry.metrics.endpoint')?.value;
      expect(endpoint).toBe(wrong ? undefined : 'http://localhost:4318');
    },
  );
});

describe('several backends at one place', () => {
  it('get every metric once', async () => {
    const exporters = inPlace([
      { type: 'otlp' as const, endpoint: '{url}', batch: { maxBatchSize: 10 } },
      { type: 'otlp' as const, endpoint: '{url}/', maxAttempts: 2 },
    ]);
    await measure({ telemetry: { exporters } });
    expect(received(setup.collector)).toHaveLength(1);
  });

  it('that is told apart by headers get all', async () => {
    const exporters = inPlace(
      ['a', 'b'].map(key => ({ type: 'otlp' as const, endpoint: '{url}', headers: { 'x-key': key } })),
    );
    await measure({ telemetry: { exporters } });
    expect(
      received(setup.collector)
        .map(({ headers }) => headers['x-key'])
        .sort(),
    ).toEqual(['a', 'b']);
  });
});
