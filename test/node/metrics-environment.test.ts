import { flush, init } from '@agentops/node';
import { getMeter } from '@agentops/node/metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useMetrics } from '../support/node-metrics.js';
import { waitFor } from '../support/node-spans.js';

const setup = useMetrics();

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (/^(OTEL|AGENTOPS)_/.test(name)) vi.stubEnv(name, undefined);
});

afterEach(() => vi.unstubAllEnvs());

/** Starts with these variables; `{url}` in a value is the setup.collector's. */
function start(environment: Record<string, string>, options?: Parameters<typeof init>[0]) {
  for (const [name, value] of Object.entries(environment))
    vi.stubEnv(name, value.replace('{url}', setup.collector.url));
  return init(options);
}

const orders = getMeter().createCounter('orders');

it('the environment of seed 004 has metrics sent as differences, to that URL', async () => {
  start({
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '{url}/v1/metrics',
    OTEL_EXPORTER_METRICS_TEMPORALITY_PREFERENCE: 'DELTA',
    OTEL_METRIC_EXPORT_INTERVAL: '60000',
  });
  for (const count of [1, 2]) {
    orders.add(count);
    await flush();
  }
  expect(setup.collector.last('orders')).toMatchObject({ temporality: 'delta', points: [{ value: 2 }] });
  expect(setup.collector.exports[0]).toMatchObject({
    path: '/v1/metrics',
    headers: { 'content-type': 'application/x-protobuf' },
  });
  expect(setup.warnings).toEqual([]);
});

describe('variables of OpenTelemetry', () => {
  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '{url}/base' }, '/base/v1/metrics'],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '{url}/as/it/is' }, '/as/it/is'],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '{url}/own', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }, '/own'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '{url}', OTEL_METRICS_EXPORTER: 'otlp' }, '/v1/metrics'],
    [{ AGENTOPS_METRICS_ENDPOINT: '{url}' }, '/v1/metrics'],
    [{ AGENTOPS_METRICS_ENDPOINT: '{url}', AGENTOPS_METRICS: 'true' }, '/v1/metrics'],
  ] as [Record<string, string>, string][])('%o send to %s', async (environment, path) => {
    start(environment);
    await flush({ timeoutMs: 500 });
    expect(setup.collector.exports.map(each => each.path)).toEqual([path]);
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '{url}/v1/traces' }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '{url}', OTEL_METRICS_EXPORTER: 'none' }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '{url}', AGENTOPS_METRICS: 'false' }],
    [{ AGENTOPS_METRICS: 'false', OTEL_EXPORTER_OTLP_ENDPOINT: '{url}', OTEL_METRIC_EXPORT_INTERVAL: '5000' }],
    [{ OTEL_METRIC_EXPORT_INTERVAL: '5000' }],
    [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: '{url}' }],
  ] as [Record<string, string>][])('%o send nothing', async environment => {
    start(environment);
    await flush();
    expect([setup.collector.exports, setup.warnings]).toEqual([[], []]);
  });

  const OWN = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '{url}/m' };

  it.each([
    [{ ...OWN, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { 'content-type': 'application/json' }],
    [
      { ...OWN, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json' },
      { 'content-type': 'application/json' },
    ],
    [{ ...OWN, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=general' }, { 'api-key': 'general' }],
    [
      { ...OWN, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=general', OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'api-key=own' },
      { 'api-key': 'own' },
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '{url}', OTEL_EXPORTER_OTLP_HEADERS: 'api-key=general' }, { 'api-key': 'general' }],
  ] as [Record<string, string>, object][])('%o send %o', async (environment, headers) => {
    start(environment);
    await flush();
    expect(setup.collector.exports[0]?.headers).toMatchObject(headers);
  });

  it('do not take the key of the traces to another backend', async () => {
    start({ ...OWN, OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'api-key=secret' });
    await flush();
    expect(setup.collector.exports[0]?.headers['api-key']).toBeUndefined();
  });

  it('OTEL_METRIC_EXPORT_INTERVAL is the interval', async () => {
    start({ ...OWN, OTEL_METRIC_EXPORT_INTERVAL: '20' });
    await waitFor(() => expect(setup.collector.taken.length).toBeGreaterThan(1));
  });

  it('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE goes before the other spelling', async () => {
    start({
      ...OWN,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'lowmemory',
      OTEL_EXPORTER_METRICS_TEMPORALITY_PREFERENCE: 'cumulative',
    });
    orders.add(1);
    await flush();
    expect(setup.collector.last('orders')?.temporality).toBe('delta');
  });

  it.each([
    [{ OTEL_METRICS_EXPORTER: 'zipkin' }, 'OTEL_METRICS_EXPORTER: zipkin is not known and is ignored'],
    [{ OTEL_METRIC_EXPORT_INTERVAL: '0' }, 'OTEL_METRIC_EXPORT_INTERVAL must be a number of milliseconds from 1'],
    [{ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'sometimes' }, 'must be one of "cumulative"'],
    [{ OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http' }, 'must be one of "http/json"'],
  ] as [Record<string, string>, string][])('%o is ignored with a warning', (environment, message) => {
    expect(() => start(environment)).not.toThrow();
    expect(setup.warnings).toEqual([expect.stringContaining(message)]);
  });

  it('give way to the code', async () => {
    start({ ...OWN }, { telemetry: { metrics: { url: `${setup.collector.url}/code` } } });
    await flush();
    expect(setup.collector.exports.map(({ path }) => path)).toEqual(['/code']);
  });
});

it('a wrong AGENTOPS_METRICS is an error that names the variable, whatever stands beside it', () => {
  expect(() => start({ AGENTOPS_METRICS: 'maybe', AGENTOPS_METRICS_INTERVAL_MS: '5' })).toThrow(
    /telemetry\.metrics: must be true, false or an object.* \(env AGENTOPS_METRICS\)/,
  );
});
