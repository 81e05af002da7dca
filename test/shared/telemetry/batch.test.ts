import { afterEach, describe, it, expect } from '#runner';
import { BatchQueue, type BatchOptions } from '@agentops/shared/telemetry/batch';
import { createExporterBackend } from '@agentops/shared/export/span-exporter';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { ExportResultCode, isTracingSuppressed, type ExportResult } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { SyncContextManager } from '../support.js';

afterEach(() => context.disable());

type Done = (result: ExportResult) => void;

const OPTIONS: BatchOptions = {
  maxQueueSize: 100,
  maxQueueBytes: 2 ** 20,
  maxBatchSize: 2,
  delayMs: 60_000,
  timeoutMs: 60_000,
};
const SUCCESS = { code: ExportResultCode.SUCCESS };
const FAILURE = { code: ExportResultCode.FAILED };

/** A queue for an exporter that keeps what it is asked for until `answer` answers. */
function createQueue(options: Partial<BatchOptions> = {}, overrides: Partial<SpanExporter> = {}) {
  const batches: string[][] = [];
  const waiting: Done[] = [];
  let shutdowns = 0;
  const exporter: SpanExporter = {
    export(spans, done) {
      batches.push(spans.map(({ name }) => name));
      waiting.push(done);
    },
    shutdown: () => Promise.resolve(void shutdowns++),
    ...overrides,
  };
  const allOptions = { ...OPTIONS, ...options };
  const backend = createExporterBackend(exporter, allOptions.timeoutMs);
  const queue = new BatchQueue({ backend }, allOptions);
  const end = endInto(queue);
  const answer = (result: ExportResult = SUCCESS) => waiting.shift()?.(result);
  return { queue, batches, end, answer, shutdowns: () => shutdowns };
}

function endInto(queue: SpanProcessor) {
  const tracer = new BasicTracerProvider({ spanProcessors: [queue] }).getTracer('test');
  return (...names: string[]) => names.forEach(name => tracer.startSpan(name).end());
}

/** Everything that is ready to run has run. */
const turn = () => new Promise<void>(resolve => setTimeout(resolve));

describe('a batch queue', () => {
  it('exports a batch when it is full, one at a time, in order', async () => {
    const { batches, end, answer, queue } = createQueue();
    end('a', 'b', 'c', 'd', 'e');
    expect(batches).toEqual([]);
    await turn();
    expect(batches).toEqual([['a', 'b']]);
    answer();
    await turn();
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    answer();
    await turn();
    expect(batches.length).toBe(2);
    expect(queue.report()).toEqual({ delivered: 4, pending: 1, dropped: {} });
  });

  it('exports what is less than a batch when it has waited', async () => {
    const { batches, end } = createQueue({ delayMs: 1 });
    end('a');
    expect(batches).toEqual([]);
    while (!batches.length) await turn();
    expect(batches).toEqual([['a']]);
  });

  it('leaves out what is not sampled', async () => {
    const { queue } = createQueue();
    queue.onEnd({ spanContext: () => ({ traceId: '', spanId: '', traceFlags: 2 }) } as ReadableSpan);
    await queue.forceFlush();
    expect(queue.report()).toEqual({ delivered: 0, pending: 0, dropped: {} });
  });

  it('is bounded, and counts what comes on top', async () => {
    const { queue, end } = createQueue({ maxQueueSize: 3, maxBatchSize: 2 });
    end('a', 'b', 'c', 'd', 'e', 'f', 'g');
    expect(queue.report()).toEqual({ delivered: 0, pending: 3, dropped: { 'queue-full': 4 } });
  });

  it('flushes what is queued and what is under way', async () => {
    const { queue, end, answer } = createQueue();
    end('a', 'b', 'c');
    let flushed = false;
    const flush = queue.forceFlush().then(() => {
      flushed = true;
    });
    await turn();
    expect(flushed).toBe(false);
    answer();
    await turn();
    expect(flushed).toBe(false);
    answer();
    await flush;
    expect(queue.report()).toEqual({ delivered: 3, pending: 0, dropped: {} });
  });

  it('flushes at once when there is nothing', async () => {
    const { queue, batches } = createQueue();
    await queue.forceFlush();
    expect(batches).toEqual([]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])('exports a span that ends %d steps after an answer', async steps => {
    const { batches, end, answer } = createQueue({ maxBatchSize: 1 });
    end('a');
    await turn();
    answer();
    for (let step = 0; step < steps; step++) await Promise.resolve();
    end('b');
    await turn();
    expect(batches).toEqual([['a'], ['b']]);
  });

  it.each<[string, Partial<SpanExporter>, string]>([
    ['that fails', { export: (_, done) => done(FAILURE) }, 'failed'],
    [
      'that throws',
      {
        export: () => {
          throw new Error('broken');
        },
      },
      'failed',
    ],
    [
      'that throws what is no error',
      {
        export: () => {
          throw 'broken';
        },
      },
      'failed',
    ],
    ['that never answers', { export: () => {} }, 'timeout'],
  ])('goes on after an exporter %s, and counts the cause', async (_title, overrides, cause) => {
    const { queue, end } = createQueue({ timeoutMs: 1 }, overrides);
    end('a', 'b', 'c');
    await queue.forceFlush();
    expect(queue.report()).toEqual({ delivered: 0, pending: 0, dropped: { [cause]: 3 } });
  });

  it('takes the first of two answers', async () => {
    const { queue, end } = createQueue(
      {},
      {
        export: (_, done) => {
          done(SUCCESS);
          done(FAILURE);
          done(SUCCESS);
        },
      },
    );
    end('a', 'b');
    await queue.forceFlush();
    expect(queue.report()).toEqual({ delivered: 2, pending: 0, dropped: {} });
  });

  it('does not count an answer that comes after the time-out', async () => {
    const { queue, end, answer } = createQueue({ timeoutMs: 1 });
    end('a', 'b');
    await queue.forceFlush();
    answer();
    await turn();
    expect(queue.report()).toEqual({ delivered: 0, pending: 0, dropped: { timeout: 2 } });
  });

  it('exports with tracing suppressed', async () => {
    context.setGlobalContextManager(new SyncContextManager());
    let suppressed = false;
    const { queue, end } = createQueue(
      {},
      {
        export: (_, done) => {
          suppressed = isTracingSuppressed(context.active());
          done(SUCCESS);
        },
      },
    );
    end('a');
    await queue.forceFlush();
    expect(suppressed).toBe(true);
    expect(context.active()).toBe(ROOT_CONTEXT);
  });

  it('delivers what is left when it shuts down, then shuts the exporter down and counts what comes later', async () => {
    const { queue, end, answer, shutdowns } = createQueue();
    end('a');
    const down = queue.shutdown();
    await turn();
    expect(shutdowns()).toBe(0);
    answer();
    await down;
    expect(shutdowns()).toBe(1);
    end('late', 'later');
    expect(queue.report()).toEqual({ delivered: 1, pending: 0, dropped: { 'after-shutdown': 2 } });
  });

  it('reports a copy', () => {
    const { queue } = createQueue();
    queue.report().dropped['x'] = 1;
    expect(queue.report().dropped).toEqual({});
  });
});
