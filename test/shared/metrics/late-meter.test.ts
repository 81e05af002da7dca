import { afterEach, describe, expect, it } from '#runner';
import { getMeter } from '@agentops/shared/metrics/functions';
import type { BatchObservableResult, ObservableResult } from '@opentelemetry/api';
import { observe, observeBatch, pointsOf, startMetrics, stopMetrics } from './support.js';

afterEach(stopMetrics);

/** Meters live as long as the page or process. */
let meters = 0;
const createMeter = () => getMeter(`late-${++meters}`);

describe('an instrument that is made before init()', () => {
  it.each([
    [
      'counter',
      (add: number, meter = createMeter()) =>
        (
          counter => () =>
            counter.add(add)
        )(meter.createCounter('x')),
    ],
    [
      'up-down counter',
      (add: number, meter = createMeter()) =>
        (
          counter => () =>
            counter.add(add)
        )(meter.createUpDownCounter('x')),
    ],
    [
      'histogram',
      (add: number, meter = createMeter()) =>
        (
          histogram => () =>
            histogram.record(add)
        )(meter.createHistogram('x')),
    ],
    [
      'gauge',
      (add: number, meter = createMeter()) =>
        (
          gauge => () =>
            gauge.record(add)
        )(meter.createGauge('x')),
    ],
  ])('measures while a client runs, and begins anew with the next: %s', async (_kind, create) => {
    const measure = create(3);
    measure();
    for (let run = 0; run < 2; run++) {
      const { client, flush } = startMetrics();
      measure();
      const [point] = (await flush())['x']?.points ?? [];
      expect(point?.value ?? point?.sum).toBe(3);
      await client.shutdown();
      measure();
    }
  });

  it('goes by the name of its meter, with its unit', async () => {
    getMeter('shop').createCounter('sold', { unit: '{piece}', description: 'What was sold.' });
    const { flush } = startMetrics();
    getMeter('shop').createCounter('sold').add(1);
    expect((await flush())['sold']).toMatchObject({ scope: 'shop', unit: '{piece}', description: 'What was sold.' });
  });

  it('is the same whenever it is asked for', () => {
    const meter = createMeter();
    expect(meter.createCounter('a')).toBe(meter.createCounter('A'));
    expect(meter.createCounter('a')).not.toBe(meter.createCounter('b'));
  });
});

describe('an observable that is made before init()', () => {
  it('is observed by each client, until its callback is taken away', async () => {
    const depth = createMeter().createObservableGauge('depth');
    const callback = (result: ObservableResult) => result.observe(3);
    observe(depth, callback);
    for (let run = 0; run < 2; run++) {
      const { client, flush } = startMetrics();
      expect(pointsOf((await flush())['depth'])).toEqual({ '': 3 });
      await client.shutdown();
    }
    const { flush } = startMetrics();
    depth.removeCallback(callback);
    expect((await flush())['depth']).toBeUndefined();
  });

  it('takes callbacks while a client runs', async () => {
    const depth = createMeter().createObservableCounter('depth');
    const { flush } = startMetrics();
    observe(depth, result => result.observe(1, { from: 'a' }));
    observe(depth, result => result.observe(2, { from: 'b' }));
    expect(pointsOf((await flush())['depth'], 'from')).toEqual({ a: 1, b: 2 });
  });
});

describe('a batch callback', () => {
  it('observes several at once, before and after init(), in each client', async () => {
    const meter = createMeter();
    const [low, high] = [meter.createObservableGauge('low'), meter.createObservableGauge('high')];
    let calls = 0;
    observeBatch(
      meter,
      result => {
        calls++;
        result.observe(low, 1);
        result.observe(high, 9);
      },
      [low, high],
    );
    for (let run = 1; run <= 2; run++) {
      const { client, flush } = startMetrics();
      const metrics = await flush();
      expect([pointsOf(metrics['low']), pointsOf(metrics['high']), calls]).toEqual([{ '': 1 }, { '': 9 }, run]);
      await client.shutdown();
      calls = run;
    }
  });

  it('is called no more once it is taken away, now or by the next client', async () => {
    const meter = createMeter();
    const level = meter.createObservableGauge('level');
    let calls = 0;
    const callback = (result: BatchObservableResult) => result.observe(level, ++calls);
    observeBatch(meter, callback, [level]);
    const first = startMetrics();
    await first.flush();
    expect(calls).toBe(1);
    meter.removeBatchObservableCallback(callback, [level]);
    await first.flush();
    await first.client.shutdown();
    expect((await startMetrics().flush())['level']).toBeUndefined();
    expect(calls).toBe(1);
  });

  it('that is added twice is called once for each export', async () => {
    const meter = createMeter();
    const level = meter.createObservableGauge('level');
    let calls = 0;
    const callback = (result: BatchObservableResult) => {
      calls++;
      result.observe(level, 1);
    };
    observeBatch(meter, callback, [level]);
    observeBatch(meter, callback, [level]);
    const { flush } = startMetrics();
    await flush();
    expect(calls).toBe(1);
    meter.removeBatchObservableCallback(callback, [level]);
    await flush();
    expect(calls).toBe(1);
  });

  it('of two sets of observables is taken from one alone', async () => {
    const meter = createMeter();
    const [low, high] = [meter.createObservableGauge('low'), meter.createObservableGauge('high')];
    const callback = (result: BatchObservableResult) => {
      result.observe(low, 1);
      result.observe(high, 9);
    };
    observeBatch(meter, callback, [low]);
    observeBatch(meter, callback, [high]);
    meter.removeBatchObservableCallback(callback, [low]);
    const { flush } = startMetrics();
    expect(Object.keys(await flush())).toEqual(['high']);
  });
});
