import { describe, it, expect } from '#runner';
import type { Backend, Batch, Failure, Taken } from '@agentops/shared/export/backend';
import { BatchQueue, type BatchOptions } from '@agentops/shared/telemetry/batch';
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base';

const OPTIONS: BatchOptions = {
  maxQueueSize: 100,
  maxQueueBytes: 2 ** 20,
  maxBatchSize: 2,
  delayMs: 60_000,
  timeoutMs: 60_000,
};

function endInto(queue: SpanProcessor) {
  const tracer = new BasicTracerProvider({ spanProcessors: [queue] }).getTracer('test');
  return (...names: string[]) => names.forEach(name => tracer.startSpan(name).end());
}

/** Everything that is ready to run has run. */
const turn = () => new Promise<void>(resolve => setTimeout(resolve));

/** A backend of encoded batches, ten bytes a span, that has taken everything it is sent. */
function createBackend(overrides: Partial<Backend<Batch>> = {}) {
  const sent: number[] = [];
  const packs: number[] = [];
  const backend: Backend<Batch> = {
    name: 'encoding',
    maxInFlight: 4,
    maxInFlightBytes: Infinity,
    pack: spans => {
      packs.push(spans.length);
      return [{ id: '', count: spans.length, bytes: spans.length * 10 }];
    },
    send: ({ count }) => {
      sent.push(count);
      return Promise.resolve({ rejected: 0 });
    },
    shutdown: () => Promise.resolve(),
    ...overrides,
  };
  return { backend, sent, packs };
}

describe('a burst', () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `span ${index}`);

  it('of 100,000 spans in one turn is packed while it goes on, and delivered whole', async () => {
    const { backend, sent, packs } = createBackend();
    const queue = new BatchQueue(
      { backend },
      { ...OPTIONS, maxQueueSize: 200_000, maxQueueBytes: 2 ** 25, maxBatchSize: 512 },
    );
    endInto(queue)(...names(100_000));
    expect([sent, packs.length > 100]).toEqual([[], true]);
    await queue.forceFlush();
    expect(queue.report()).toEqual({ delivered: 100_000, pending: 0, dropped: {} });
    expect(sent.reduce((total, count) => total + count)).toBe(100_000);
  });

  it('larger than the queue loses the rest, and every span is counted', async () => {
    const { backend } = createBackend();
    const queue = new BatchQueue(
      { backend },
      { ...OPTIONS, maxQueueSize: 10_000, maxQueueBytes: 500, maxBatchSize: 10 },
    );
    endInto(queue)(...names(1_000));
    await queue.forceFlush();
    expect(queue.report()).toEqual({ delivered: 50, pending: 0, dropped: { 'queue-full': 950 } });
  });
});

describe('a span that cannot be packed', () => {
  it('costs nobody else', async () => {
    const { backend } = createBackend({
      pack: spans => {
        if (spans.some(({ name }) => name === 'bad')) throw new Error('cyclic');
        return [{ id: '', count: spans.length, bytes: 1 }];
      },
    });
    const queue = new BatchQueue({ backend }, { ...OPTIONS, maxBatchSize: 8 });
    endInto(queue)('a', 'b', 'c', 'bad', 'd', 'e', 'f', 'g', 'h');
    await queue.forceFlush();
    expect(queue.report()).toEqual({ delivered: 8, pending: 0, dropped: { unserializable: 1 } });
  });
});

describe('a queue in a page that is being left', () => {
  it('sends a span that ends after everything was sent', async () => {
    const sent: number[] = [];
    const { backend } = createBackend({
      send: ({ count }) => {
        sent.push(count);
        return new Promise(() => {});
      },
    });
    const queue = new BatchQueue({ backend }, OPTIONS);
    const end = endInto(queue);
    queue.leave();
    end('late', 'later');
    await Promise.resolve();
    expect(sent).toEqual([2]);
  });
});

describe('the health of a queue', () => {
  it('says what was tried, what came of it and what waits', async () => {
    let answer: Taken | Failure = { cause: 'unreachable', error: new Error('down'), retry: true };
    const { backend } = createBackend({ send: () => Promise.resolve(answer) });
    const queue = new BatchQueue({ backend }, OPTIONS);
    endInto(queue)('a', 'b');
    void queue.forceFlush();
    await turn();
    expect(queue.health()).toEqual({
      backend: 'encoding',
      delivered: 0,
      pending: 2,
      dropped: {},
      queuedBytes: 20,
      attempts: 1,
      failures: 1,
      lastError: 'down',
    });
    answer = { rejected: 0 };
    await queue.forceFlush();
    expect(queue.health()).toMatchObject({
      delivered: 2,
      pending: 0,
      queuedBytes: 0,
      attempts: 2,
      lastError: undefined,
    });
  });
});
