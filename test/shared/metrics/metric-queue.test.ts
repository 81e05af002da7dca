import { describe, expect, it } from '#runner';
import { createMetricQueue, type EncodedMetrics } from '@agentops/shared/metrics/metric-queue';

const MIB = 2 ** 20;

const encoded = (points: number, bytes = 10): EncodedMetrics => ({ body: new Uint8Array(bytes), points });

function createQueue(isCumulative = false) {
  const dropped: number[] = [];
  const queue = createMetricQueue(isCumulative, points => dropped.push(points));
  const takeAll = () => {
    const points: number[] = [];
    for (let next = queue.take(); next; next = queue.take()) points.push(next.points);
    return points;
  };
  return { queue, dropped, takeAll };
}

describe('differences', () => {
  it('wait in their order, and one that comes back is first again', () => {
    const { queue, takeAll } = createQueue();
    for (const points of [1, 2, 3]) queue.put(encoded(points));
    expect([queue.points(), queue.bytes()]).toEqual([6, 30]);
    queue.giveBack(queue.take() as EncodedMetrics);
    expect(takeAll()).toEqual([1, 2, 3]);
    expect([queue.points(), queue.bytes(), queue.take()]).toEqual([0, 0, undefined]);
  });

  it('take 4 MiB, from which the oldest goes first and is counted', () => {
    const { queue, dropped, takeAll } = createQueue();
    for (const points of [1, 2, 3, 4]) queue.put(encoded(points, MIB));
    expect(dropped).toEqual([]);
    queue.put(encoded(5, 1));
    expect(dropped).toEqual([1]);
    queue.put(encoded(6, 2 * MIB));
    expect(dropped).toEqual([1, 2, 3]);
    expect(queue.bytes()).toBeLessThanOrEqual(4 * MIB);
    expect(takeAll()).toEqual([4, 5, 6]);
  });

  it('that come back to a full queue do not go beyond it', () => {
    const { queue, dropped, takeAll } = createQueue();
    for (const points of [1, 2, 3, 4]) queue.put(encoded(points, MIB));
    const taken = queue.take() as EncodedMetrics;
    queue.put(encoded(5, MIB));
    queue.giveBack(taken);
    expect(queue.bytes()).toBeLessThanOrEqual(4 * MIB);
    expect(dropped).toEqual([1]);
    expect(takeAll()).toEqual([2, 3, 4, 5]);
  });

  it('of one export that is larger by itself still get their attempt, and are all that waits', () => {
    const { queue, dropped, takeAll } = createQueue();
    queue.put(encoded(1));
    queue.put(encoded(2, 4 * MIB + 1));
    queue.giveBack(queue.take() as EncodedMetrics);
    queue.put(encoded(3, 4 * MIB + 1));
    expect(dropped).toEqual([1, 2]);
    expect(takeAll()).toEqual([3]);
  });
});

describe('sums since the start', () => {
  it('are the latest alone, and an older one that comes back is nothing', () => {
    const { queue, dropped, takeAll } = createQueue(true);
    queue.put(encoded(1));
    const taken = queue.take() as EncodedMetrics;
    queue.put(encoded(2));
    queue.put(encoded(3));
    queue.giveBack(taken);
    expect(takeAll()).toEqual([3]);
    expect(dropped).toEqual([]);
  });

  it('that come back before the next are kept until then', () => {
    const { queue, takeAll } = createQueue(true);
    queue.put(encoded(1));
    queue.giveBack(queue.take() as EncodedMetrics);
    expect(queue.points()).toBe(1);
    queue.put(encoded(2));
    expect(takeAll()).toEqual([2]);
  });
});
