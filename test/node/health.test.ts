import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { flush, init, shutdown, startSession, withSpan, type AgentOps } from '@agentops/node';
import { BatchQueue } from '@agentops/shared/telemetry/batch';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';

let collector: Collector;
let exporter: InMemoryMetricExporter;
let provider: MeterProvider;
let client: AgentOps;

beforeEach(async () => {
  collector = await startCollector();
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })],
  });
  metrics.setGlobalMeterProvider(provider);
  client = init({ serviceName: 'watched', endpoint: collector.url, telemetry: { batch: { delayMs: 60_000 } } });
});

afterEach(async () => {
  await collector.close();
  await shutdown({ timeoutMs: 50 });
  await provider.shutdown();
  metrics.disable();
});

const work = (count: number) => {
  for (let i = 0; i < count; i++) withSpan('work', () => {});
};

/** The points of each metric as `error.type -> value`, or count for a histogram. */
async function read() {
  exporter.reset();
  await provider.forceFlush();
  const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics));
  const points = (name: string) => all.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  const values = (name: string) =>
    Object.fromEntries(
      points(name).map(({ attributes, value }) => [
        attributes['error.type'] ?? '',
        typeof value === 'number' ? value : value.count,
      ]),
    );
  return { points, values };
}

describe('the metrics of the toolkit itself', () => {
  it('count what was exported and how long it took', async () => {
    work(3);
    await flush();
    const { points, values } = await read();
    expect(values('otel.sdk.exporter.span.exported')).toEqual({ '': 3 });
    expect(values('otel.sdk.processor.span.processed')).toEqual({ '': 3 });
    expect(values('otel.sdk.processor.span.queue.size')).toEqual({ '': 0 });
    expect(values('otel.sdk.exporter.operation.duration')).toEqual({ '': 1 });
    expect(points('otel.sdk.exporter.operation.duration')[0]?.attributes).toEqual({
      'otel.component.type': 'agentops_otlp_http_span_exporter',
      'otel.component.name': 'agentops_otlp_http_span_exporter/0',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(collector.url).port),
    });
  });

  it('count what was refused by its cause, and each attempt', async () => {
    collector.script(400);
    work(2);
    await flush();
    collector.script(503);
    work(1);
    await flush({ timeoutMs: 300 });
    const { values } = await read();
    expect(values('otel.sdk.exporter.span.exported')).toEqual({ '': 0, rejected: 2 });
    expect(values('otel.sdk.processor.span.queue.size')).toEqual({ '': 1 });
    expect(values('otel.sdk.exporter.operation.duration')).toMatchObject({
      rejected: 1,
      unreachable: expect.any(Number),
    });
  });

  it('keep to the client that runs', async () => {
    work(3);
    await shutdown();
    init({ serviceName: 'next', endpoint: collector.url });
    work(1);
    await flush();
    expect((await read()).values('otel.sdk.exporter.span.exported')).toEqual({ '': 1 });
  });
});

describe('the metrics of the toolkit itself, where sessions have backends of their own', () => {
  const visit = async (spans: number) => {
    const session = startSession({ name: 'visit' });
    session.addExporter({ type: 'otlp', endpoint: `${collector.url}/own` });
    for (let i = 0; i < spans; i++) session.run(() => withSpan('work', () => {}));
    await flush();
    return session;
  };
  /** By the name of the component. */
  const exported = async () => {
    const points = (await read()).points('otel.sdk.exporter.span.exported');
    return Object.fromEntries(points.map(({ attributes, value }) => [attributes['otel.component.name'], value]));
  };

  it('never fall as they come and go, and keep all of them under one name', async () => {
    const common = 'agentops_otlp_http_span_exporter/0';
    const own = 'agentops_span_exporter/sessions';
    expect(await exported()).toEqual({ [common]: 0 });
    const [one, other] = [await visit(3), await visit(2)];
    expect(await exported()).toEqual({ [common]: 5, [own]: 5 });
    one.end();
    await flush();
    // Their root spans have been delivered too.
    expect(await exported()).toEqual({ [common]: 6, [own]: 6 });
    other.end();
    await flush();
    await visit(1);
    expect(await exported()).toEqual({ [common]: 8, [own]: 8 });
  });

  it('ask no backend for its figures at an attempt', async () => {
    const health = vi.spyOn(BatchQueue.prototype, 'health');
    work(1);
    await flush();
    expect(collector.exports).toHaveLength(1);
    expect(health).not.toHaveBeenCalled();
    health.mockRestore();
  });
});

describe('the metrics of the toolkit itself, of two backends at one URL', () => {
  it('are told apart by their place in the configuration', async () => {
    await shutdown();
    const exporter = { type: 'otlp', endpoint: collector.url } as const;
    init({ serviceName: 'twice', telemetry: { exporters: [exporter, exporter] } });
    work(1);
    await flush();
    const { points } = await read();
    expect(
      points('otel.sdk.exporter.operation.duration').map(point => point.attributes['otel.component.name']),
    ).toEqual(expect.arrayContaining(['agentops_otlp_http_span_exporter/0', 'agentops_otlp_http_span_exporter/1']));
  });
});

describe('health()', () => {
  it('says how each backend is doing', async () => {
    collector.script(503);
    work(2);
    await flush({ timeoutMs: 300 });
    const [backend] = client.health().backends;
    expect(backend).toMatchObject({
      backend: `${collector.url}/v1/traces`,
      delivered: 0,
      pending: 2,
      dropped: {},
      lastError: expect.stringContaining('503'),
    });
    expect(backend?.queuedBytes).toBeGreaterThan(0);
    collector.script(200);
    await flush();
    expect(client.health().backends[0]).toMatchObject({
      delivered: 2,
      pending: 0,
      queuedBytes: 0,
      lastError: undefined,
    });
  });
});
