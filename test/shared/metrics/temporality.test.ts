import { afterEach, describe, expect, it } from '#runner';
import { NOT_SENT } from '@agentops/shared/export/otlp-http';
import { getMeter } from '@agentops/shared/metrics/functions';
import { observe, startMetrics, stopMetrics, type Answer } from './support.js';

afterEach(stopMetrics);

type Kind = 'counter' | 'histogram' | 'upDownCounter' | 'observableCounter' | 'observableUpDownCounter' | 'gauge';

/** One of each kind, which all tell of the same: `measure(n)` adds n, or says that there are so many in all. */
function createInstruments() {
  const meter = getMeter('kinds');
  const counter = meter.createCounter('counter');
  const histogram = meter.createHistogram('histogram');
  const upDownCounter = meter.createUpDownCounter('upDownCounter');
  const gauge = meter.createGauge('gauge');
  let total = 0;
  const observables = [
    meter.createObservableCounter('observableCounter'),
    meter.createObservableUpDownCounter('observableUpDownCounter'),
  ];
  for (const each of observables) observe(each, result => result.observe(total));
  return (added: number) => {
    total += added;
    counter.add(added);
    histogram.record(added);
    upDownCounter.add(added);
    gauge.record(total);
  };
}

const SUMS = [1, 3, 7];
const DIFFERENCES = [1, 2, 4];

describe('three exports', () => {
  it.each<['cumulative' | 'delta' | 'lowmemory', Record<Kind, number[]>]>([
    [
      'cumulative',
      {
        counter: SUMS,
        histogram: SUMS,
        upDownCounter: SUMS,
        observableCounter: SUMS,
        observableUpDownCounter: SUMS,
        gauge: SUMS,
      },
    ],
    [
      'delta',
      {
        counter: DIFFERENCES,
        histogram: DIFFERENCES,
        upDownCounter: SUMS,
        observableCounter: DIFFERENCES,
        observableUpDownCounter: SUMS,
        gauge: SUMS,
      },
    ],
    [
      'lowmemory',
      {
        counter: DIFFERENCES,
        histogram: DIFFERENCES,
        upDownCounter: SUMS,
        observableCounter: SUMS,
        observableUpDownCounter: SUMS,
        gauge: SUMS,
      },
    ],
  ])('of %s temporality', async (temporality, expected) => {
    const { flush } = startMetrics({ temporality });
    const measure = createInstruments();
    const seen: Record<string, unknown[]> = {};
    const temporalities: Record<string, string> = {};
    for (const added of DIFFERENCES) {
      measure(added);
      for (const [name, metric] of Object.entries(await flush())) {
        const [point] = metric.points;
        (seen[name] ??= []).push(point?.value ?? point?.sum);
        temporalities[name] = metric.temporality;
      }
    }
    expect(seen).toEqual(expected);
    const isDelta = (name: string) => expected[name as Kind] === DIFFERENCES;
    for (const [name, { length }] of Object.entries(seen)) {
      expect([name, length]).toEqual([name, 3]);
      if (name !== 'gauge') expect([name, temporalities[name]]).toEqual([name, isDelta(name) ? 'delta' : 'cumulative']);
    }
  });
});

const FAILURES: [string, Answer][] = [
  ['answered 503', 503],
  ['answered 429', 429],
  ['lost', 'no answer'],
  ['not sent, for the page is hidden', NOT_SENT],
];

describe('an export in between', () => {
  it.each(FAILURES)('that is %s costs no difference, and repeats none', async (_title, failure) => {
    const { flush, answer, taken, health } = startMetrics({ temporality: 'delta' });
    const orders = getMeter().createCounter('orders');
    orders.add(1);
    await flush();
    answer(failure);
    orders.add(2);
    await flush();
    answer(200);
    orders.add(4);
    await flush();
    expect(taken.map(metrics => metrics.map(({ points }) => points[0]?.value))).toEqual([[1], [2], [4]]);
    expect(health()).toMatchObject({ delivered: 3, pending: 0, queuedBytes: 0, dropped: {}, failures: 1 });
  });

  it.each(FAILURES)('that is %s is made up for by the next sum', async (_title, failure) => {
    const { flush, answer, taken, health } = startMetrics({ temporality: 'cumulative' });
    const orders = getMeter().createCounter('orders');
    orders.add(1);
    await flush();
    answer(failure);
    orders.add(2);
    await flush();
    answer(200);
    orders.add(4);
    await flush();
    expect(taken.map(metrics => metrics.map(({ points }) => points[0]?.value))).toEqual([[1], [7]]);
    expect(health()).toMatchObject({ pending: 0, queuedBytes: 0, dropped: {} });
  });

  it.each(['delta', 'cumulative'] as const)(
    'is sent by the next flush where nothing more is measured: %s',
    async temporality => {
      const { flush, answer, taken, sent } = startMetrics({ temporality });
      getMeter().createCounter('orders').add(2);
      answer(503);
      await flush();
      expect(sent).toHaveLength(1);
      answer(200);
      expect((await flush())['orders']?.points[0]?.value).toBe(2);
      expect(taken).toHaveLength(1);
    },
  );

  it.each(['delta', 'cumulative'] as const)(
    'is sent by shutdown where nothing more is measured: %s',
    async temporality => {
      const { client, flush, answer, taken, health } = startMetrics({ temporality });
      getMeter().createCounter('orders').add(2);
      answer(503);
      await flush();
      answer(200);
      await client.shutdown();
      expect(taken.flat().map(({ points }) => points[0]?.value)).toEqual([2]);
      expect(health()).toMatchObject({ delivered: 1, pending: 0, dropped: {} });
    },
  );

  it('is given up by a shutdown that cannot send it either, and counted', async () => {
    const { client, answer, health } = startMetrics({ temporality: 'delta' });
    getMeter().createCounter('orders').add(2);
    answer(503);
    await client.shutdown();
    expect(health()).toMatchObject({ delivered: 0, pending: 0, dropped: { unreachable: 1 } });
  });
});
