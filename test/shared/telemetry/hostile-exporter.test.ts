import { afterEach, describe, it, expect } from '#runner';
import { BatchQueue, type BatchOptions } from '@agentops/shared/telemetry/batch';
import { createExporterBackend } from '@agentops/shared/export/span-exporter';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { BasicTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { start, stop } from '../support.js';

afterEach(stop);

type Done = (result: ExportResult) => void;

const SUCCESS = { code: ExportResultCode.SUCCESS };

function createQueue(exporter: Partial<SpanExporter>, options: Partial<BatchOptions> = {}) {
  const backend = createExporterBackend(
    { export: (_, done) => done(SUCCESS), shutdown: () => Promise.resolve(), ...exporter },
    60_000,
  );
  const defaults = { maxQueueSize: 100, maxQueueBytes: 2 ** 20, maxBatchSize: 2, delayMs: 60_000, timeoutMs: 60_000 };
  const queue = new BatchQueue({ backend }, { ...defaults, ...options });
  const tracer = new BasicTracerProvider({ spanProcessors: [queue] }).getTracer('test');
  return { queue, end: (...names: string[]) => names.forEach(name => tracer.startSpan(name).end()) };
}

describe('an exporter', () => {
  it.each<[string, SpanExporter['export']]>([
    ['that is async and rejects', () => Promise.reject(new Error('broken')) as never],
    ['that answers without a result', (_, done) => (done as () => void)()],
    ['that answers later without a result', (_, done) => queueMicrotask(done as () => void)],
    ['that answers with garbage', (_, done) => done('ok' as never)],
  ])('%s costs its batch, and the next one is exported', async (_title, fail) => {
    let calls = 0;
    const { queue, end } = createQueue({
      export: (spans, done) => (calls++ ? done(SUCCESS) : fail(spans, done)),
    });
    end('a', 'b', 'c');
    await queue.forceFlush();
    expect(queue.report()).toEqual({ delivered: 1, pending: 0, dropped: { failed: 2 } });
  });

  it('that takes spans and exports them later does so before forceFlush() resolves', async () => {
    const calls: string[] = [];
    const { queue, end } = createQueue({
      export: (_, done) => (calls.push('export'), done(SUCCESS)),
      forceFlush: async () => void calls.push('flush'),
    });
    end('a', 'b', 'c');
    await queue.forceFlush();
    expect(calls).toEqual(['export', 'export', 'flush']);
  });

  it.each<[string, () => Promise<void>]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('whose forceFlush() %s is told apart from one that fails to export', async (_title, forceFlush) => {
    const { queue, end } = createQueue({ forceFlush });
    end('a');
    await queue.forceFlush();
    expect(queue.report()).toEqual({ delivered: 1, pending: 0, dropped: {} });
  });

  it('whose forceFlush() never answers is shut down all the same', async () => {
    let isDown = false;
    const { queue } = createQueue({
      forceFlush: () => new Promise(() => {}),
      shutdown: () => Promise.resolve(void (isDown = true)),
    });
    void queue.forceFlush();
    await queue.shutdown();
    expect(isDown).toBe(true);
  });

  it('is shut down once', async () => {
    let shutdowns = 0;
    const { queue } = createQueue({ shutdown: () => Promise.resolve(void shutdowns++) });
    await Promise.all([queue.shutdown(), queue.shutdown()]);
    await queue.shutdown();
    expect(shutdowns).toBe(1);
  });
});

describe('a queue that shuts down', () => {
  it('takes no span that ends while it waits for its exporter', async () => {
    const waiting: Done[] = [];
    const { queue, end } = createQueue({ export: (_, done) => void waiting.push(done) });
    end('a', 'b', 'c');
    const down = queue.shutdown();
    await new Promise(resolve => setTimeout(resolve));
    end('late', 'later');
    waiting.shift()?.(SUCCESS);
    while (!waiting.length) await new Promise(resolve => setTimeout(resolve));
    waiting.shift()?.(SUCCESS);
    await down;
    expect(queue.report()).toEqual({ delivered: 3, pending: 0, dropped: { 'after-shutdown': 2 } });
  });
});

describe('a queue smaller than a batch', () => {
  it('exports when it is full, and does not drop while its exporter is idle', async () => {
    const { queue, end } = createQueue({}, { maxQueueSize: 2, maxBatchSize: 512 });
    for (let n = 0; n < 10; n++) {
      end('a');
      await new Promise(resolve => setTimeout(resolve));
    }
    await queue.forceFlush();
    expect(queue.report()).toEqual({ delivered: 10, pending: 0, dropped: {} });
  });
});

describe('the time-out of flush', () => {
  it.each([Infinity, 2 ** 31, Number.MAX_SAFE_INTEGER])('%d waits for the exporter', async timeoutMs => {
    let answer: () => void = () => {};
    const exporter: SpanExporter = {
      export: (_, done) => {
        answer = () => done(SUCCESS);
      },
      shutdown: () => Promise.resolve(),
    };
    const { client } = start({ telemetry: { exporters: [exporter] } });
    client.withSpan('work', () => {});
    const flushed = client.flush({ timeoutMs });
    setTimeout(() => answer(), 30);
    expect(await flushed).toEqual({ delivered: 1, pending: 0, dropped: {} });
  });

  it.each([0, -1, NaN])('%d reports at once what is pending', async timeoutMs => {
    const exporter: SpanExporter = { export() {}, shutdown: () => Promise.resolve() };
    const { client } = start({ telemetry: { exporters: [exporter] } });
    client.withSpan('work', () => {});
    expect(await client.flush({ timeoutMs })).toEqual({ delivered: 0, pending: 1, dropped: {} });
  });
});
