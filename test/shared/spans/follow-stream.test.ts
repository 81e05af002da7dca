import { afterEach, describe, it, expect } from '#runner';
import { context, createContextKey, trace } from '@opentelemetry/api';
import { start, stop, type Started } from '../support.js';

afterEach(stop);

const startBare = () => start({ autoStartSession: false });
const statusOf = ({ ended }: Started) => ended.map(({ status }) => status.code);
const OK = [1];
const FAILED = [2];
const error = new Error('broken');
const activeSpan = () => trace.getSpan(context.active())?.spanContext().spanId;

describe('a Node stream', () => {
  /** As much of one as is looked at. */
  const nodeStream = (state: object = {}) => {
    const listeners: Record<string, () => void> = {};
    const stream = {
      pipe() {},
      once: (name: string, listener: () => void) => void (listeners[name] = listener),
      ...state,
    };
    return { stream, listeners };
  };

  it.each([
    ['is closed', {}, OK],
    ['has failed', { errored: error }, FAILED],
  ])('ends the span when it %s, listening for nothing else', (_title, state, status) => {
    const started = startBare();
    const { stream, listeners } = nodeStream(state);
    expect(started.client.withSpan('work', () => stream)).toBe(stream);
    expect(Object.keys(listeners)).toEqual(['close']);
    expect(started.open()).toEqual(['work']);
    listeners['close']?.();
    expect(statusOf(started)).toEqual(status);
  });

  it('that is closed already ends the span at once', () => {
    const started = startBare();
    started.client.withSpan('work', () => nodeStream({ closed: true }).stream);
    expect(statusOf(started)).toEqual(OK);
  });

  it('that had failed already fails it at once', () => {
    const started = startBare();
    started.client.withSpan('work', () => nodeStream({ closed: true, errored: error }).stream);
    expect(statusOf(started)).toEqual(FAILED);
  });
});

describe('a ReadableStream', () => {
  const KEY = createContextKey('pulled in');

  function stream(chunks: unknown[], source: UnderlyingDefaultSource<unknown> = {}) {
    const left = [...chunks];
    return new ReadableStream(
      {
        pull(controller) {
          if (!left.length) return controller.close();
          const chunk = left.shift();
          if (chunk === error) controller.error(error);
          else controller.enqueue(chunk);
        },
        ...source,
      },
      { highWaterMark: 0 },
    );
  }

  async function readStream<T>(from: ReadableStream<T>): Promise<T[]> {
    const reader = from.getReader();
    const all: T[] = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return all;
      all.push(value);
    }
  }

  it('keeps the span open until it has been read to its end', async () => {
    const started = startBare();
    const result = started.client.withSpan('work', () => stream([1, 2]));
    expect(result).toBeInstanceOf(ReadableStream);
    expect(started.open()).toEqual(['work']);
    expect(await readStream(result)).toEqual([1, 2]);
    expect(statusOf(started)).toEqual(OK);
  });

  it('is pulled in the span, at the pace of its reader', async () => {
    const started = startBare();
    const pulled: unknown[] = [];
    const pull = (controller: ReadableStreamDefaultController<unknown>) => {
      pulled.push(activeSpan());
      controller.enqueue(context.active().getValue(KEY));
    };
    const reader = started.client.withSpan('work', () => stream([], { pull })).getReader();
    await Promise.resolve();
    expect(pulled.length).toBe(0);
    await reader.read();
    expect(pulled).toEqual([started.started[0]?.spanContext().spanId]);
  });

  it('passes a cancel on, and ends the span', async () => {
    const started = startBare();
    let cancelled: unknown;
    const result = started.client.withSpan('work', () =>
      stream([1, 2], {
        cancel(reason) {
          cancelled = reason;
        },
      }),
    );
    const reader = result.getReader();
    await reader.read();
    await reader.cancel('enough');
    expect(cancelled).toBe('enough');
    expect(statusOf(started)).toEqual(OK);
  });

  it('may be cancelled while a read is under way', async () => {
    const started = startBare();
    const reader = started.client.withSpan('work', () => stream([], { pull: () => new Promise(() => {}) })).getReader();
    const reading = reader.read();
    await reader.cancel();
    expect(await reading).toEqual({ done: true, value: undefined });
    expect(statusOf(started)).toEqual(OK);
  });

  it('rejects the cancel that its source rejects', async () => {
    const started = startBare();
    const result = started.client.withSpan('work', () => stream([1], { cancel: () => Promise.reject(error) }));
    await expect(result.cancel()).rejects.toBe(error);
    expect(statusOf(started)).toEqual(OK);
  });

  it('fails the span when it fails, and its reader with the same', async () => {
    const started = startBare();
    const result = started.client.withSpan('work', () => stream([1, error]));
    await expect(readStream(result)).rejects.toBe(error);
    expect(statusOf(started)).toEqual(FAILED);
  });

  it('that is locked comes back as it is, and the span has ended', async () => {
    const started = startBare();
    const source = stream([1]);
    const reader = source.getReader();
    expect(started.client.withSpan('work', () => source) === source).toBe(true);
    expect(statusOf(started)).toEqual(OK);
    expect((await reader.read()).value).toBe(1);
  });

  it('can be read by tee, both ways', async () => {
    const started = startBare();
    const [one, other] = started.client.withSpan('work', () => stream([1, 2])).tee();
    expect(await Promise.all([readStream(one), readStream(other)])).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(statusOf(started)).toEqual(OK);
  });

  describe.skipIf(!supportsBytes())('of bytes', () => {
    const bytes = (...chunks: number[][]) =>
      new ReadableStream({
        type: 'bytes',
        pull(controller) {
          const chunk = chunks.shift();
          if (chunk) return controller.enqueue(new Uint8Array(chunk));
          controller.close();
          controller.byobRequest?.respond(0);
        },
      });

    it('is read as others are', async () => {
      const started = startBare();
      const result = started.client.withSpan('work', () => bytes([1, 2], [3]));
      expect((await readStream(result)).flatMap(chunk => [...(chunk as Uint8Array)])).toEqual([1, 2, 3]);
      expect(statusOf(started)).toEqual(OK);
    });

    it('fills buffers of its reader to the end', async () => {
      const started = startBare();
      const reader = started.client.withSpan('work', () => bytes([1, 2, 3])).getReader({ mode: 'byob' });
      const first = await reader.read(new Uint8Array(2));
      const second = await reader.read(new Uint8Array(2));
      const last = await reader.read(new Uint8Array(2));
      expect([first.value, second.value].map(chunk => [...(chunk ?? [])])).toEqual([[1, 2], [3]]);
      expect(last.done).toBe(true);
      expect(statusOf(started)).toEqual(OK);
    });
  });

  function supportsBytes(): boolean {
    try {
      new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' });
      return true;
    } catch {
      return false;
    }
  }
});
