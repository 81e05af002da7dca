import { describe, expect, it } from '#runner';
import { createMetricQueue } from '@agentops/shared/metrics/metric-queue';

const MIB = 2 ** 20;

/** A collection of so many points that takes so many bytes. */
const collected = (points: number, bytes = 10) =>
  ({ bytes, scopeMetrics: [{ metrics: [{ dataPoints: Array.from({ length: points }) }] }] }) as never;
const serializer = {
  serializeRequest: ({ bytes }: { bytes: number }) => (bytes ? new Uint8Array(bytes) : undefined),
  deserializeResponse: () => ({}),
} as never;

function createQueue(isCumulative = false) {
  const dropped: number[] = [];
  const causes: string[] = [];
  const queue = createMetricQueue(serializer, isCumulative, (cause, points) => {
    causes.push(cause);
    dropped.push(points);
  });
  const takeAll = () => {
    const points: number[] = [];
    for (let next = queue.take(); next; next = queue.take()) points.push(next.points);
    return points;
  };
  return { queue, dropped, causes, takeAll };
}

describe('differences', () => {
  it('wait in their order, and one that comes back is first again', () => {
    const { queue, takeAll } = createQueue();
    for (const points of [1, 2, 3]) queue.put(collected(points));
    expect([queue.points(), queue.bytes()]).toEqual([6, 30]);
    queue.take();
    queue.giveBack();
    expect(takeAll()).toEqual([1, 2, 3]);
    expect([queue.points(), queue.bytes(), queue.take()]).toEqual([0, 0, undefined]);
  });

  it('take 4 MiB, from which the oldest goes first and is counted', () => {
    const { queue, dropped, takeAll } = createQueue();
    for (const points of [1, 2, 3, 4]) queue.put(collected(points, MIB));
    expect(dropped).toEqual([]);
    queue.put(collected(5, 1));
    expect(dropped).toEqual([1]);
    queue.put(collected(6, 2 * MIB));
    expect(dropped).toEqual([1, 2, 3]);
    expect(queue.bytes()).toBeLessThanOrEqual(4 * MIB);
    expect(takeAll()).toEqual([4, 5, 6]);
  });

  it('that come back to a full queue do not go beyond it', () => {
    const { queue, dropped, takeAll } = createQueue();
    for (const points of [1, 2, 3, 4]) queue.put(collected(points, MIB));
    queue.take();
    queue.put(collected(5, MIB));
    queue.giveBack();
    expect(queue.bytes()).toBeLessThanOrEqual(4 * MIB);
    expect(dropped).toEqual([1]);
    expect(takeAll()).toEqual([2, 3, 4, 5]);
  });

  it('of one export that is larger by itself still get their attempt, and are all that waits', () => {
    const { queue, dropped, takeAll } = createQueue();
    queue.put(collected(1));
    queue.put(collected(2, 4 * MIB + 1));
    queue.take();
    queue.giveBack();
    queue.put(collected(3, 4 * MIB + 1));
    expect(dropped).toEqual([1, 2]);
    expect(takeAll()).toEqual([3]);
  });
});

it('what cannot be encoded is counted, and keeps nothing from its place', () => {
  const { queue, dropped, causes, takeAll } = createQueue(true);
  queue.put(collected(1));
  queue.put(collected(2, 0));
  expect([dropped, causes]).toEqual([[2], ['failed']]);
  expect(takeAll()).toEqual([1]);
});

it('what is on its way counts as waiting', () => {
  const { queue } = createQueue();
  for (const points of [1, 2]) queue.put(collected(points));
  queue.take();
  expect([queue.points(), queue.bytes()]).toEqual([3, 20]);
});

describe('all that is taken at the end', () => {
  const takeAtEnd = (isCumulative: boolean) => {
    const { queue, dropped, causes } = createQueue(isCumulative);
    queue.put(collected(1));
    queue.take();
    if (!isCumulative) queue.put(collected(2));
    return { taken: queue.takeAll().map(({ points }) => points), left: queue.points(), dropped, causes };
  };

  it('has what is on its way in it, where that changes no sum', () => {
    expect(takeAtEnd(true)).toEqual({ taken: [1], left: 0, dropped: [], causes: [] });
  });

  it('has no differences that are on their way in it: they may have arrived, and are counted', () => {
    expect(takeAtEnd(false)).toEqual({ taken: [2], left: 0, dropped: [1], causes: ['unreachable'] });
  });
});

describe('sums since the start', () => {
  it('are the latest alone, and an older one that comes back is nothing', () => {
    const { queue, dropped, takeAll } = createQueue(true);
    queue.put(collected(1));
    queue.take();
    queue.put(collected(2));
    queue.put(collected(3));
    queue.giveBack();
    expect(takeAll()).toEqual([3]);
    expect(dropped).toEqual([]);
  });

  it('that come back before the next are kept until then', () => {
    const { queue, takeAll } = createQueue(true);
    queue.put(collected(1));
    queue.take();
    queue.giveBack();
    expect(queue.points()).toBe(1);
    queue.put(collected(2));
    expect(takeAll()).toEqual([2]);
  });
});
