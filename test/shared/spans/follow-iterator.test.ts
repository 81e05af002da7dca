import { afterEach, describe, it, expect } from '#runner';
import { context, trace } from '@opentelemetry/api';
import { start, stop, type Started } from '../support.js';

afterEach(stop);

const startBare = () => start({ autoStartSession: false });
const statusOf = ({ ended }: Started) => ended.map(({ status }) => status.code);
const OK = [1];
const FAILED = [2];
const error = new Error('broken');
const activeSpan = () => trace.getSpan(context.active())?.spanContext().spanId;

async function readAll<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('a generator', () => {
  function* count() {
    try {
      yield activeSpan();
      yield activeSpan();
      return 'returned';
    } finally {
      seen.push(activeSpan());
    }
  }
  let seen: unknown[] = [];
  afterEach(() => {
    seen = [];
  });

  it('keeps the span open, and active in its body, until it is at its end', () => {
    const started = startBare();
    const items = started.client.withSpan('work', count);
    expect(started.open()).toEqual(['work']);
    const id = started.started[0]?.spanContext().spanId;
    expect([...items]).toEqual([id, id]);
    expect(seen).toEqual([id]);
    expect(statusOf(started)).toEqual(OK);
  });

  it('keeps what it returns, and what it is sent', () => {
    const started = startBare();
    const echo = started.client.withSpan('work', function* (): Generator<unknown, string, string> {
      return `got ${yield 1}`;
    });
    expect([echo.next(), echo.next('it'), echo.next()]).toEqual([
      { value: 1, done: false },
      { value: 'got it', done: true },
      { value: undefined, done: true },
    ]);
    expect(statusOf(started)).toEqual(OK);
  });

  it('ends the span when its reader leaves', () => {
    const started = startBare();
    for (const _ of started.client.withSpan('work', count)) break;
    expect(seen.length).toBe(1);
    expect(statusOf(started)).toEqual(OK);
  });

  it('fails the span when it throws', () => {
    const started = startBare();
    const items = started.client.withSpan('work', function* () {
      yield 1;
      throw error;
    });
    expect(() => [...items]).toThrow(error);
    expect(statusOf(started)).toEqual(FAILED);
  });

  it('fails the span when something is thrown into it that it does not catch', () => {
    const started = startBare();
    const items = started.client.withSpan('work', count);
    items.next();
    expect(() => items.throw(error)).toThrow(error);
    expect(statusOf(started)).toEqual(FAILED);
  });

  it('goes on when it catches what is thrown into it', () => {
    const started = startBare();
    const items = started.client.withSpan('work', function* () {
      try {
        yield 1;
      } catch {
        yield 2;
      }
    });
    items.next();
    expect(items.throw(error)).toEqual({ value: 2, done: false });
    expect(started.open()).toEqual(['work']);
    items.next();
    expect(statusOf(started)).toEqual(OK);
  });
});

describe('an async generator', () => {
  async function* count() {
    yield activeSpan();
    yield activeSpan();
  }

  it('keeps the span open, and active at every turn, until it is at its end', async () => {
    const started = startBare();
    const items = started.client.withSpan('work', count);
    expect(started.open()).toEqual(['work']);
    const id = started.started[0]?.spanContext().spanId;
    expect(await readAll(items)).toEqual([id, id]);
    expect(statusOf(started)).toEqual(OK);
  });

  it('ends the span when its reader leaves, after it has cleaned up', async () => {
    const started = startBare();
    let cleaned = false;
    const items = started.client.withSpan('work', async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        await Promise.resolve();
        cleaned = started.ended.length === 0;
      }
    });
    for await (const _ of items) break;
    expect(cleaned).toBe(true);
    expect(statusOf(started)).toEqual(OK);
  });

  it('ends the span when it is left before it has begun', async () => {
    const started = startBare();
    await started.client.withSpan('work', count).return(undefined);
    expect(statusOf(started)).toEqual(OK);
  });

  it('fails the span when it throws', async () => {
    const started = startBare();
    const items = started.client.withSpan('work', async function* () {
      yield 1;
      throw error;
    });
    await expect(readAll(items)).rejects.toBe(error);
    expect(statusOf(started)).toEqual(FAILED);
  });

  it('fails the span when something is thrown into it', async () => {
    const started = startBare();
    const items = started.client.withSpan('work', count);
    await items.next();
    await expect(items.throw(error)).rejects.toBe(error);
    expect(statusOf(started)).toEqual(FAILED);
  });
});

describe('an async iterable', () => {
  const iterable = (items: unknown[], more: object = {}) => ({
    extra: 'kept',
    [Symbol.asyncIterator]() {
      const left = [...items];
      return {
        next: () => {
          const value = left.shift();
          if (value === error) return Promise.reject(error);
          return Promise.resolve(value === undefined ? { done: true, value } : { done: false, value });
        },
        ...more,
      };
    },
  });

  it('keeps its identity and members, and the span open until it is read', async () => {
    const started = startBare();
    const items = iterable([1, 2]);
    const result = started.client.withSpan('work', () => items);
    expect(result).toBe(items);
    expect(result.extra).toBe('kept');
    expect(started.open()).toEqual(['work']);
    expect(await readAll(result)).toEqual([1, 2]);
    expect(statusOf(started)).toEqual(OK);
    expect(await readAll(result)).toEqual([1, 2]);
    expect(statusOf(started)).toEqual(OK);
  });

  it.each<[string, object]>([
    ['with a return', { return: () => Promise.resolve({ done: true, value: undefined }) }],
    ['without a return', {}],
  ])('%s ends the span when its reader leaves', async (_title, more) => {
    const started = startBare();
    for await (const _ of started.client.withSpan('work', () => iterable([1, 2], more))) break;
    expect(statusOf(started)).toEqual(OK);
  });

  it('fails the span when it rejects', async () => {
    const started = startBare();
    await expect(readAll(started.client.withSpan('work', () => iterable([1, error])))).rejects.toBe(error);
    expect(statusOf(started)).toEqual(FAILED);
  });

  it('that is frozen is left alone, and the span has ended', async () => {
    const started = startBare();
    const result = started.client.withSpan('work', () => Object.freeze(iterable([1])));
    expect(statusOf(started)).toEqual(OK);
    expect(await readAll(result)).toEqual([1]);
  });
});
