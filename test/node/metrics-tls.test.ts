import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flush, init, shutdown, type BackendHealth, type OtlpExporterOption } from '@agentops/node';
import { getMeter } from '@agentops/node/metrics';
import { describeConfig } from '@agentops/node/config';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startMetricsCollector, type MetricsCollector } from '../support/node-metrics-collector.js';
import { useWarnings, type MetricsSettings } from '../support/node-metrics.js';
import { tls } from '../support/node-tls.js';

let folder: string;
let collector: MetricsCollector;

useWarnings();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentops-metrics-tls-'));
  await Promise.all([writeFile(file('cert'), tls.cert), writeFile(file('key'), tls.key)]);
  collector = await startMetricsCollector({ ...tls, ca: tls.cert, requestCert: true, rejectUnauthorized: false });
});
afterEach(async () => {
  await shutdown({ timeoutMs: 200 });
  await collector.close();
  await rm(folder, { recursive: true });
  vi.unstubAllEnvs();
});

const file = (part: string) => join(folder, `${part}.pem`);
const orders = getMeter().createCounter('orders');

async function send(telemetry: NonNullable<Parameters<typeof init>[0]>['telemetry']): Promise<BackendHealth> {
  const client = init({ telemetry: telemetry ?? {} });
  orders.add(1);
  await flush({ timeoutMs: 5_000 });
  return client.health().metrics?.[0] as BackendHealth;
}
const sendByEnvironment = (variables: Record<string, string>) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value.replace('{url}', collector.url));
  return send({});
};
const backend = (option: Partial<OtlpExporterOption>): OtlpExporterOption => ({
  type: 'otlp',
  endpoint: collector.url,
  ...option,
});

describe('metrics over https', () => {
  it.each<[string, () => MetricsSettings]>([
    ['a text', () => ({ endpoint: collector.url, tls: { ca: tls.cert } })],
    ['a file', () => ({ endpoint: collector.url, tls: { ca: file('cert') } })],
  ])('trust the authority that is named as %s', async (_how, metrics) => {
    await send({ metrics: metrics() });
    expect(collector.values('orders')).toEqual({ '': 1 });
  });

  it('trust nobody else, and wait', async () => {
    const health = await send({ metrics: { endpoint: collector.url } });
    expect(collector.exports).toEqual([]);
    expect(health).toMatchObject({ delivered: 0, lastError: expect.stringContaining('did not answer') });
    expect(health.pending).toBeGreaterThan(0);
  });

  it('have the certificates and the compression of the backend of spans', async () => {
    await send({ exporters: [backend({ tls: { ca: tls.cert }, compression: 'gzip' })] });
    expect(collector.values('orders')).toEqual({ '': 1 });
    expect(collector.exports[0]?.headers['content-encoding']).toBe('gzip');
  });

  it('or those that are said for metrics, part by part', async () => {
    const metrics = { tls: { ca: tls.cert }, compression: 'none' } as const;
    await send({ exporters: [backend({ tls: { cert: tls.cert, key: tls.key }, compression: 'gzip' })], metrics });
    expect(collector.values('orders')).toEqual({ '': 1 });
    expect(collector.exports[0]?.headers['content-encoding']).toBeUndefined();
  });
});

describe('the environment', () => {
  const OWN = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '{url}/m' };

  it.each<[string, () => Record<string, string>]>([
    ['of metrics', () => ({ OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: file('cert') })],
    ['of all signals', () => ({ OTEL_EXPORTER_OTLP_CERTIFICATE: file('cert') })],
    [
      'of metrics before that of all signals',
      () => ({
        OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: file('cert'),
        OTEL_EXPORTER_OTLP_CERTIFICATE: file('key'),
      }),
    ],
    [
      'of both, part by part',
      () => ({
        OTEL_EXPORTER_OTLP_CERTIFICATE: file('cert'),
        OTEL_EXPORTER_OTLP_CLIENT_KEY: file('key'),
        OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: file('cert'),
      }),
    ],
  ])('has certificates %s', async (_whose, variables) => {
    await sendByEnvironment({ ...OWN, ...variables() });
    expect(collector.values('orders')).toEqual({ '': 1 });
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip' }, 'gzip'],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, 'gzip'],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip', OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none' }, undefined],
    [{ OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip' }, undefined],
  ] as [Record<string, string>, string | undefined][])('%o compresses by %s', async (variables, encoding) => {
    await sendByEnvironment({ ...OWN, OTEL_EXPORTER_OTLP_CERTIFICATE: file('cert'), ...variables });
    expect(collector.values('orders')).toEqual({ '': 1 });
    expect(collector.exports[0]?.headers['content-encoding']).toBe(encoding);
  });

  it('is said to be where it comes from', () => {
    const { settings, issues, warnings } = describeConfig(
      { configFile: false },
      {
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'localhost:4317',
        OTEL_EXPORTER_OTLP_METRICS_INSECURE: 'false',
        OTEL_EXPORTER_OTLP_INSECURE: 'true',
        OTEL_EXPORTER_OTLP_CERTIFICATE: file('cert'),
        OTEL_EXPORTER_OTLP_HEADERS: 'tenant=acme',
      },
    );
    const found = settings.filter(({ path }) => path.startsWith('telemetry.metrics'));
    expect([issues, warnings]).toEqual([[], []]);
    expect(Object.fromEntries(found.map(({ path, value, source }) => [path.slice(18), [value, source]]))).toEqual({
      url: ['localhost:4317', 'env OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'],
      protocol: ['grpc', 'default'],
      insecure: [false, 'env OTEL_EXPORTER_OTLP_METRICS_INSECURE'],
      'tls.ca': [file('cert'), 'env OTEL_EXPORTER_OTLP_CERTIFICATE'],
      'headers.tenant': ['********', 'env OTEL_EXPORTER_OTLP_HEADERS'],
    });
  });
});
