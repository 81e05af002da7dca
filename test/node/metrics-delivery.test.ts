import { flush, init, shutdown, withSpan, type AgentOps, type BackendHealth } from '@agentops/node';
import { getMeter } from '@agentops/node/metrics';
import { describe, expect, it, vi } from 'vitest';
import { startCollector } from '../support/node-collector.js';
import { useMetrics, type MetricsSettings } from '../support/node-metrics.js';
import { startMetricsCollector } from '../support/node-metrics-collector.js';
import { waitFor } from '../support/node-spans.js';

type Telemetry = NonNullable<NonNullable<Parameters<typeof init>[0]>['telemetry']>;

const setup = useMetrics();
let client: AgentOps;

const start = (settings?: MetricsSettings, telemetry: Telemetry = {}) => {
  client = setup.start(settings, { telemetry });
};
const health = () => client.health().metrics?.[0] as BackendHealth;
const orders = getMeter().createCounter('orders');

describe('a backend that cannot take metrics now', () => {
  it('gets differences later, all of them', async () => {
    start({ temporality: 'delta' });
    setup.collector.script(503, 503, 200);
    for (const count of [1, 2, 4]) {
      orders.add(count);
      await flush();
    }
    const sent = setup.collector.taken.flatMap(({ metrics }) => metrics.filter(({ name }) => name === 'orders'));
    expect(sent.map(({ points }) => points[0]?.value)).toEqual([1, 2, 4]);
    expect(health()).toMatchObject({ pending: 0, queuedBytes: 0, dropped: {}, failures: 2, lastError: undefined });
  });

  it('gets of sums the latest alone', async () => {
    start();
    setup.collector.script(503, 200);
    orders.add(1);
    await flush();
    expect(health()).toMatchObject({ delivered: 0, lastError: expect.stringContaining('503') });
    expect(health().pending).toBeGreaterThan(0);
    orders.add(2);
    await flush();
    expect(
      setup.collector.taken.map(({ metrics }) => metrics.find(({ name }) => name === 'orders')?.points[0]?.value),
    ).toEqual([3]);
    expect(health()).toMatchObject({ pending: 0, dropped: {} });
  });

  it('is tried again before the next export is due', async () => {
    const now = { status: 503, headers: { 'retry-after': '0' } };
    setup.collector.script(now, now, 200);
    start({ intervalMs: 500, temporality: 'delta' });
    orders.add(1);
    await waitFor(() => expect(health()).toMatchObject({ attempts: 3, failures: 2, pending: 0 }));
    expect(setup.collector.last('orders')?.points[0]?.value).toBe(1);
  });

  it('is left in peace for as long as it asks', async () => {
    start({ intervalMs: 200, temporality: 'delta' });
    setup.collector.script({ status: 429, headers: { 'retry-after': '60' } });
    await waitFor(() => expect(health().failures).toBe(1));
    const { pending } = health();
    await waitFor(() => expect(health().pending).toBeGreaterThan(3 * pending));
    expect(setup.collector.exports).toHaveLength(1);
  });
});

describe('a backend that takes no metrics', () => {
  it.each([404, 405, 501])('and says so by %d is told of once and left alone', async status => {
    start();
    setup.collector.script(status, 200);
    await flush();
    await flush();
    expect(setup.collector.exports).toHaveLength(1);
    const told = setup.warnings.filter(text => text.includes('metrics'));
    expect(told).toEqual([expect.stringContaining(`answered ${status}; it is sent no metrics from now on`)]);
    expect(health().dropped['rejected']).toBeGreaterThan(0);
  });

  it('gets its spans nevertheless', async () => {
    const other = await startCollector();
    start({ url: `${setup.collector.url}/nowhere` }, { exporters: [{ type: 'otlp', endpoint: other.url }] });
    setup.collector.script(404);
    withSpan('work', () => {});
    expect(await flush()).toMatchObject({ delivered: 1, pending: 0 });
    expect(other.spans.map(({ name }) => name)).toEqual(['work']);
    await other.close();
  });
});

describe('a backend that refuses', () => {
  it('an export loses that one', async () => {
    start();
    setup.collector.script(400, 200);
    await flush();
    await flush();
    expect(setup.collector.taken).toHaveLength(1);
    expect(health()).toMatchObject({ failures: 1, attempts: 2 });
    expect(health().dropped['rejected']).toBeGreaterThan(0);
  });

  it('a part of it has that counted', async () => {
    start({ protocol: 'http/json' });
    setup.collector.script({ body: { partialSuccess: { rejectedDataPoints: '1' } } });
    orders.add(1);
    await flush();
    expect(health().dropped).toEqual({ rejected: 1 });
  });
});

describe('a dead backend', () => {
  it('holds up neither flush nor shutdown, nor the spans of others', async () => {
    const dead = setup.collector.url;
    await setup.collector.close();
    const other = await startCollector();
    start({ endpoint: dead }, { exporters: [{ type: 'otlp', endpoint: other.url }] });
    withSpan('work', () => {});
    expect(await flush({ timeoutMs: 20_000 })).toMatchObject({ delivered: 1 });
    expect(health()).toMatchObject({ delivered: 0, lastError: expect.stringContaining('did not answer') });
    await shutdown({ timeoutMs: 20_000 });
    const told = setup.warnings.filter(text => text.includes('metrics'));
    expect(told).toEqual([expect.stringContaining('metrics wait until their backend takes them')]);
    await other.close();
  });

  it('that says nothing costs no more than the deadline', async () => {
    start();
    setup.collector.script('hang');
    await expect(flush({ timeoutMs: 50 })).resolves.toMatchObject({ dropped: {} });
    await expect(shutdown({ timeoutMs: 50 })).resolves.toMatchObject({ dropped: {} });
  });
});

describe('where metrics go', () => {
  it('is to every backend that is named by its base URL, with its headers', async () => {
    const second = await startMetricsCollector();
    client = init({
      headers: { 'api-key': 'first' },
      telemetry: {
        exporters: [
          { type: 'otlp', endpoint: `${setup.collector.url}/base/`, protocol: 'http/json' },
          { type: 'otlp', endpoint: `${second.url}?token=x`, headers: { 'api-key': 'second' } },
          { type: 'otlp', url: `${second.url}/v1/traces` },
        ],
      },
    });
    await flush();
    expect(setup.collector.exports).toMatchObject([
      { path: '/base/v1/metrics', headers: { 'content-type': 'application/json', 'api-key': 'first' } },
    ]);
    expect(second.exports).toMatchObject([
      { path: '/v1/metrics?token=x', headers: { 'content-type': 'application/x-protobuf', 'api-key': 'second' } },
    ]);
    expect(client.health().metrics?.map(({ backend }) => backend)).toEqual([
      `${setup.collector.url}/base/v1/metrics`,
      `${second.url}/v1/metrics`,
    ]);
    await second.close();
  });

  it('is nowhere when they are off', async () => {
    start(false);
    orders.add(1);
    await flush();
    expect([setup.collector.exports, client.health().metrics]).toEqual([[], undefined]);
  });

  it('is said to be missing when they are on and there is no backend', () => {
    client = init({ telemetry: { metrics: true } });
    expect(setup.warnings).toEqual([expect.stringContaining('metrics are on, but there is no OTLP backend')]);
  });

  it('is said to be missing when OTLP is asked for and there is no backend', () => {
    expect(() => init({ telemetry: { metrics: { exporters: ['otlp'] } } })).toThrow(
      'telemetry.metrics.endpoint: must be set',
    );
  });

  it('is the console, for development', async () => {
    const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
    start({ exporters: ['console'] });
    orders.add(2, { channel: 'web' });
    await flush();
    expect(printed.mock.calls.join('\n')).toContain('orders{channel=web} 2');
    expect(setup.collector.exports).toEqual([]);
  });
});

describe('what is wrong with telemetry.metrics', () => {
  it.each([
    ['yes', 'telemetry.metrics: must be true, false or an object'],
    [{ exporters: ['zipkin'] }, 'telemetry.metrics.exporters[0]: must be "otlp", "prometheus", "console"'],
    [{ temporality: 'DELTA' }, 'telemetry.metrics.temporality: must be one of "cumulative", "delta", "lowmemory"'],
    [
      { views: [{ instrument: 'a', buckets: [2, 1] }] },
      'telemetry.metrics.views[0].buckets: must be an array of numbers',
    ],
    [{ views: [{ drop: true }] }, 'telemetry.metrics.views[0].instrument'],
    [{ prometheus: { port: 70_000 } }, 'telemetry.metrics.prometheus.port: must be a port'],
    [{ readers: [{}] }, 'telemetry.metrics.readers[0]: must be a MetricReader'],
  ])('%j is named by its path', (metrics, message) => {
    expect(() => init({ telemetry: { metrics: metrics as never } })).toThrow(message);
  });
});
