import { describe, it, expect } from '#runner';
import type { SendRequest, SendResponse } from '@agentops/shared';
import { DeliveryError, parseRetryAfterMs, sendWithRetry } from '@agentops/shared/export/retry';

type Answer = SendResponse | Error;

const REQUEST: SendRequest = {
  url: 'https://user:password@collector.test/v1/traces?key=secret',
  headers: { authorization: 'Bearer secret' },
  body: new Uint8Array(),
  timeoutMs: 10_000,
};

/** Sends against `answers`, the last of which is given again and again; says what came of it. */
async function send(answers: Answer[], timeoutMs = REQUEST.timeoutMs) {
  const requests: SendRequest[] = [];
  const at: number[] = [];
  const left = [...answers];
  let error: unknown;
  try {
    await sendWithRetry(
      request => {
        requests.push(request);
        at.push(performance.now());
        const answer = (left.length > 1 ? left.shift() : left[0]) as Answer;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      { ...REQUEST, timeoutMs },
    );
  } catch (thrown) {
    error = thrown;
  }
  return { requests, at, error: error as DeliveryError | undefined };
}

/** Without jitter: every wait is as long as it may be, or as short. */
async function withRandom<T>(value: number, run: () => Promise<T>): Promise<T> {
  const { random } = Math;
  Math.random = () => value;
  try {
    return await run();
  } finally {
    Math.random = random;
  }
}

describe('sending with retries', () => {
  it.each([200, 202, 204, 299])('is done when the answer is %d', async status => {
    const { requests, error } = await send([{ status }]);
    expect(error).toBeUndefined();
    expect(requests.length).toBe(1);
    expect(requests[0]).toMatchObject({ url: REQUEST.url, headers: REQUEST.headers, body: REQUEST.body });
  });

  it.each([301, 304, 400, 401, 403, 404, 408, 413, 415, 500, 501, 505, 0])('gives up at once on %d', async status => {
    const { requests, error } = await send([{ status, retryAfter: '0' }]);
    expect(requests.length).toBe(1);
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error?.reason).toBe('rejected');
  });

  it.each<[string, Answer]>([
    ['429', { status: 429 }],
    ['502', { status: 502 }],
    ['503', { status: 503 }],
    ['504', { status: 504 }],
    ['a network error', new TypeError('Failed to fetch')],
  ])('tries again after %s', async (_title, answer) => {
    const { requests, error } = await withRandom(0, () => send([answer, answer, { status: 200 }]));
    expect(error).toBeUndefined();
    expect(requests.length).toBe(3);
  });

  it('tries again when sending throws', async () => {
    let calls = 0;
    const throwOnce = () => {
      if (++calls === 1) throw new Error('broken');
      return Promise.resolve({ status: 200 });
    };
    await withRandom(0, () => sendWithRetry(throwOnce, REQUEST));
    expect(calls).toBe(2);
  });

  it('gives up after a retry that is refused', async () => {
    const { requests, error } = await withRandom(0, () => send([{ status: 503 }, { status: 400 }]));
    expect(requests.length).toBe(2);
    expect(error?.reason).toBe('rejected');
  });

  it.each<[string, Answer]>([
    ['answers 503', { status: 503 }],
    ['does not answer', new TypeError('Failed to fetch')],
  ])('gives up on a backend that %s by the deadline', async (_title, answer) => {
    const { requests, error } = await withRandom(0.02, () => send([answer], 60));
    expect(requests.length).toBeGreaterThan(1);
    expect(error?.reason).toBe('unreachable');
    expect(error?.cause).toBe(answer instanceof Error ? answer : undefined);
    for (const { timeoutMs } of requests) expect(timeoutMs).toBeLessThanOrEqual(60);
    expect(requests.at(-1)?.timeoutMs).toBeLessThan(60);
  });

  it('waits longer from try to try, to 5 seconds', async () => {
    const { at } = await withRandom(0.01, () => send([{ status: 503 }], 200));
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThan(Math.min(50, 5 * 2 ** index) - 2);
  });

  it('waits as long as Retry-After says', async () => {
    const { requests, at } = await withRandom(0, () => send([{ status: 429, retryAfter: '1' }, { status: 200 }]));
    expect(requests.length).toBe(2);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(990);
  });

  it.each([['11'], ['86400'], [new Date(Date.now() + 60_000).toUTCString()]])(
    'gives up at once when Retry-After is %s, past the deadline',
    async retryAfter => {
      const { requests, error } = await send([{ status: 429, retryAfter }]);
      expect(requests.length).toBe(1);
      expect(error?.reason).toBe('unreachable');
    },
  );

  it.each(['0', 'Wed, 21 Oct 2015 07:28:00 GMT'])('makes no storm of Retry-After: %s', async retryAfter => {
    const { requests } = await withRandom(0.04, () => send([{ status: 503, retryAfter }], 100));
    expect(requests.length).toBeLessThan(6);
  });

  it('names the backend in its error, and no secret', async () => {
    for (const answer of [{ status: 400 }, { status: 503, retryAfter: '99' }]) {
      const { error } = await send([answer]);
      expect(error?.message).toBe(`https://collector.test/v1/traces answered ${answer.status}`);
    }
    const { error } = await withRandom(0.99, () => send([new Error('down')], 1));
    expect(error?.message).toBe('https://collector.test/v1/traces did not answer');
  });
});

describe('Retry-After', () => {
  const now = Date.parse('Wed, 21 Oct 2015 07:28:00 GMT');
  it.each([
    ['0', 0],
    ['5', 5_000],
    [' 5 ', 5_000],
    ['Wed, 21 Oct 2015 07:28:30 GMT', 30_000],
    ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
    ['', undefined],
    [undefined, undefined],
    ['soon', undefined],
    ['-1x', undefined],
    ['5s', undefined],
    ['9'.repeat(400), undefined],
  ])('%s is %s milliseconds', (header, expected) => {
    expect(parseRetryAfterMs(header, now)).toBe(expected);
  });
});
