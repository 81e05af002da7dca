import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { flush, init, shutdown, withSpan } from '@agentops/node';
import { describe, expect, it } from 'vitest';
import { CALL, useMetrics } from '../support/node-metrics.js';
import { waitFor } from '../support/node-spans.js';

const setup = useMetrics();

describe('views', () => {
  it('rename, keep attributes, set buckets and drop', async () => {
    setup.start({
      views: [
        { instrument: 'llm.latency', name: 'latency', attributes: ['gen_ai.request.model'], buckets: [1, 2] },
        { instrument: 'gen_ai.*', drop: true },
      ],
    });
    withSpan('chat', { attributes: CALL }, () => {});
    await flush();
    expect(setup.collector.last('latency')?.points).toEqual([
      expect.objectContaining({ attributes: { 'gen_ai.request.model': 'gpt-4o' }, bounds: [1, 2] }),
    ]);
    const names = setup.collector.taken.at(-1)?.metrics.map(({ name }) => name);
    expect(names).not.toContain('llm.latency');
    expect(names?.filter(name => name.startsWith('gen_ai'))).toEqual([]);
    expect(names).toContain('llm.calls.count');
  });
});

describe('a reader or an exporter of the app', () => {
  it('gets the same', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
    const own = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter: own });
    setup.start({ exporters: [exporter], readers: [reader] });
    withSpan('chat', { attributes: CALL }, () => {});
    await flush();
    for (const each of [exporter, own]) {
      const names = each
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics))
        .map(({ descriptor }) => descriptor.name);
      expect(names.filter(name => name === 'llm.calls.count')).toEqual(['llm.calls.count']);
    }
    expect(setup.collector.exports).toEqual([]);
  });

  it('that fails or throws keeps nobody else from theirs', async () => {
    const broken = {
      export: () => {
        throw new Error('broken');
      },
      forceFlush: () => Promise.reject(new Error('broken')),
      shutdown: () => Promise.reject(new Error('broken')),
    };
    setup.start({ exporters: [broken, 'otlp'] });
    withSpan('chat', { attributes: CALL }, () => {});
    await flush();
    expect(setup.collector.values('llm.calls.count')).toEqual({ '': 1 });
    await expect(shutdown()).resolves.toBeDefined();
  });
});

describe('a MeterProvider of the app', () => {
  it('stays the global one, and gets what the API is asked for', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
    metrics.setGlobalMeterProvider(provider);
    try {
      setup.start();
      metrics.getMeter('app').createCounter('theirs').add(1);
      withSpan('chat', { attributes: CALL }, () => {});
      await flush();
      await provider.forceFlush();
      const names = () =>
        exporter
          .getMetrics()
          .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics))
          .map(({ descriptor }) => descriptor.name);
      expect(names()).toContain('theirs');
      expect(names()).not.toContain('llm.calls.count');
      expect(setup.collector.values('llm.calls.count')).toEqual({ '': 1 });
      expect(setup.collector.last('theirs')).toBeUndefined();
      await shutdown();
      expect(metrics.getMeterProvider()).toBe(provider);
    } finally {
      await provider.shutdown();
      metrics.disable();
    }
  });

  it('gets ours too where metrics are on and have nowhere else to go', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
    metrics.setGlobalMeterProvider(provider);
    try {
      init({ telemetry: { metrics: true, exporters: [] } });
      withSpan('chat', { attributes: CALL }, () => {});
      await provider.forceFlush();
      const names = exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics))
        .map(({ descriptor }) => descriptor.name);
      expect(names).toContain('llm.calls.count');
      expect(setup.warnings).toEqual([]);
    } finally {
      await provider.shutdown();
      metrics.disable();
    }
  });

  it('is ours only as long as the client runs', async () => {
    const before = metrics.getMeterProvider();
    setup.start();
    expect(metrics.getMeterProvider()).not.toBe(before);
    await shutdown();
    expect(metrics.getMeterProvider()).toBe(before);
  });
});

describe('the interval', () => {
  it('has metrics sent without anybody asking', async () => {
    setup.start({ intervalMs: 20 });
    withSpan('chat', { attributes: CALL }, () => {});
    await waitFor(() => expect(setup.collector.values('llm.calls.count')).toEqual({ '': 1 }));
  });
});
