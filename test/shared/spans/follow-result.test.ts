/* oxlint-disable unicorn/no-thenable -- thenables are what is tested */
import { afterEach, describe, it, expect } from '#runner';
import { start, stop, type Started } from '../support.js';

afterEach(stop);

const startBare = () => start({ autoStartSession: false });
const statusOf = ({ ended }: Started) => ended.map(({ status }) => status.code);
const OK = [1];
const FAILED = [2];
const error = new Error('broken');

async function readAll<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('a value', () => {
  const frozen = Object.freeze({ a: 1 });
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['zero', 0],
    ['a text', 'x'],
    ['a symbol', Symbol.iterator],
    ['a function', () => {}],
    ['an array', [1, 2]],
    ['a Map', new Map()],
    ['a frozen object', frozen],
    ['an object without a prototype', Object.create(null)],
    ['an object with a then that is no function', { then: 5 }],
  ])('comes back as it is, and the span has ended: %s', (_title, value) => {
    const started = startBare();
    expect(
      Object.is(
        started.client.withSpan('work', () => value),
        value,
      ),
    ).toBe(true);
    expect(statusOf(started)).toEqual(OK);
  });

  it('that cannot be looked at comes back all the same, and the span has ended', () => {
    const started = startBare();
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw error;
        },
      },
    );
    expect(started.client.withSpan('work', () => hostile) === hostile).toBe(true);
    expect(statusOf(started)).toEqual(OK);
  });
});

describe('a promise', () => {
  it('ends the span when it resolves', async () => {
    const started = startBare();
    let resolve = (_value: number) => {};
    const result = started.client.withSpan(
      'work',
      () =>
        new Promise<number>(done => {
          resolve = done;
        }),
    );
    expect(result).toBeInstanceOf(Promise);
    expect(started.open()).toEqual(['work']);
    resolve(5);
    expect(await result).toBe(5);
    expect(statusOf(started)).toEqual(OK);
  });

  it('fails the span when it rejects, and rejects with the same', async () => {
    const started = startBare();
    const result = started.client.withSpan('work', async () => {
      throw error;
    });
    await expect(result).rejects.toBe(error);
    expect(statusOf(started)).toEqual(FAILED);
    expect(started.ended[0]?.status.message).toBe('broken');
  });

  it('of an iterator keeps the span open until that has been read', async () => {
    const started = startBare();
    const items = await started.client.withSpan('work', async () =>
      (async function* () {
        yield 1;
        yield 2;
      })(),
    );
    expect(started.open()).toEqual(['work']);
    expect(await readAll(items)).toEqual([1, 2]);
    expect(statusOf(started)).toEqual(OK);
  });
});

describe('a thenable', () => {
  /** As query builders do it: nothing happens until it is awaited. */
  class Query {
    runs = 0;
    then<T>(onValue: (value: number) => T, onError?: (reason: unknown) => T): Promise<T> {
      this.runs++;
      return Promise.resolve(this.runs).then(onValue, onError);
    }
    where(): this {
      return this;
    }
  }

  it('that starts when awaited is executed exactly once, and only then', async () => {
    const started = startBare();
    const query = new Query();
    const result = started.client.withSpan('work', () => query);
    expect(result).toBe(query);
    expect(query.runs).toBe(0);
    expect(await result.where()).toBe(1);
    expect(query.runs).toBe(1);
    expect(statusOf(started)).toEqual(OK);
  });

  class ApiPromise<T> extends Promise<T> {
    withResponse() {
      return this.then(data => ({ data }));
    }
  }

  it('that is a promise with more methods keeps them', async () => {
    const started = startBare();
    const promise = new ApiPromise<number>(resolve => resolve(5));
    const result = started.client.withSpan('work', () => promise);
    expect(result).toBe(promise);
    expect(await result.withResponse()).toEqual({ data: 5 });
    expect(statusOf(started)).toEqual(OK);
    expect(await result).toBe(5);
    expect(await result.finally(() => {})).toBe(5);
    expect(statusOf(started)).toEqual(OK);
  });

  it('that rejects fails the span, whoever catches it', async () => {
    const started = startBare();
    const result = started.client.withSpan('work', () => new ApiPromise<number>((_, reject) => reject(error)));
    expect(await result.catch((caught: unknown) => caught)).toBe(error);
    expect(statusOf(started)).toEqual(FAILED);
  });

  it('gives everybody who asks the same stream', async () => {
    const started = startBare();
    const source = new ReadableStream<number>({
      start(controller) {
        controller.enqueue(1);
        controller.close();
      },
    });
    const result = started.client.withSpan('work', () => new ApiPromise<ReadableStream<number>>(done => done(source)));
    const [first, second] = [await result, await result];
    expect(second === first).toBe(true);
    expect(started.open()).toEqual(['work']);
    expect((await first.getReader().read()).value).toBe(1);
  });

  it('that is frozen is left alone, and the span has ended', async () => {
    const started = startBare();
    const query = Object.freeze({ then: (done: (value: number) => void) => done(5) });
    const result = started.client.withSpan('work', () => query);
    expect(statusOf(started)).toEqual(OK);
    expect(await result).toBe(5);
    expect(statusOf(started)).toEqual(OK);
  });
});

describe('an unhandled rejection', () => {
  interface Rejections {
    on?(name: string, listener: (reason: unknown) => void): void;
    off?(name: string, listener: (reason: unknown) => void): void;
    listeners?(name: string): ((reason: unknown) => void)[];
    removeAllListeners?(name: string): void;
  }

  const { process: host } = globalThis as { process?: Rejections };

  /** Counts what goes unhandled while `run` runs, with the runner's own listeners out of the way. */
  async function unhandled(run: () => void): Promise<number> {
    let count = 0;
    const note = (event: unknown) => {
      count++;
      (event as { preventDefault?: () => void } | undefined)?.preventDefault?.();
    };
    const others = host?.listeners?.('unhandledRejection') ?? [];
    if (host) {
      host.removeAllListeners?.('unhandledRejection');
      host.on?.('unhandledRejection', note);
    } else addEventListener('unhandledrejection', note);
    run();
    await new Promise(resolve => setTimeout(resolve, 20));
    if (host) {
      host.off?.('unhandledRejection', note);
      for (const other of others) host.on?.('unhandledRejection', other);
    } else removeEventListener('unhandledrejection', note);
    return count;
  }

  it.each<[string, () => Promise<never>]>([
    ['a promise', () => Promise.reject(error)],
    ['a promise subclass', () => new (class extends Promise<never> {})((_, reject) => reject(error))],
  ])('of %s is reported as often as without a span', async (_title, fail) => {
    const { client } = startBare();
    const without = await unhandled(() => void fail());
    expect(without).toBe(1);
    expect(await unhandled(() => void client.withSpan('work', fail))).toBe(without);
    expect(await unhandled(() => void client.withSpan('work', fail).catch(() => {}))).toBe(0);
  });
});
