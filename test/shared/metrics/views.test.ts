import { afterEach, describe, expect, it } from '#runner';
import { serverChecks } from '@agentops/shared/config/server-checks';
import { getMeter } from '@agentops/shared/metrics/functions';
import { stop } from '../support.js';
import { CALL, pointsOf, startMetrics } from './support.js';

afterEach(stop);

describe('a view', () => {
  it('renames and describes an instrument, which is not there under its own name', async () => {
    const { flush } = startMetrics({ views: [{ instrument: 'orders', name: 'sales', description: 'What was sold.' }] });
    getMeter().createCounter('orders').add(2);
    const metrics = await flush();
    expect(Object.keys(metrics)).toEqual(['sales']);
    expect(metrics['sales']).toMatchObject({ description: 'What was sold.', points: [{ value: 2 }] });
  });

  it('keeps the attributes it names, and adds up what then is the same', async () => {
    const { flush } = startMetrics({ views: [{ instrument: 'orders', attributes: ['channel'] }] });
    const orders = getMeter().createCounter('orders');
    for (const user of ['a', 'b', 'c']) orders.add(1, { channel: 'web', user });
    expect((await flush())['orders']?.points).toEqual([{ attributes: { channel: 'web' }, value: 3 }]);
  });

  it.each(['cumulative', 'delta'] as const)(
    'with few attributes is not filled by those it leaves out: %s',
    async temporality => {
      const { flush } = startMetrics({
        temporality,
        cardinalityLimit: 5,
        views: [{ instrument: 'orders', attributes: ['channel'] }],
      });
      const orders = getMeter().createCounter('orders');
      for (let user = 0; user < 20; user++) orders.add(1, { channel: 'web', user });
      expect((await flush())['orders']?.points).toEqual([{ attributes: { channel: 'web' }, value: 20 }]);
    },
  );

  it.each([
    ['cumulative', { '0 ': 1, '1 ': 1, ' true': 6 }],
    ['delta', { '4 ': 1, '3 ': 1, ' true': 1 }],
  ] as const)('shows what is beyond the limit as what it is: %s', async (temporality, expected) => {
    const { flush } = startMetrics({
      temporality,
      cardinalityLimit: 3,
      views: [{ instrument: 'orders', attributes: ['channel'] }],
    });
    const orders = getMeter().createCounter('orders');
    for (const channel of [0, 1, 2, 3, 4]) orders.add(1, { channel });
    await flush();
    for (const channel of [4, 3, 2]) orders.add(1, { channel });
    expect(pointsOf((await flush())['orders'], 'channel', 'otel.metric.overflow')).toEqual(expected);
  });

  it('gives buckets to histograms, those of spans too, and makes one of a counter', async () => {
    const { client, flush } = startMetrics({
      views: [
        { instrument: 'llm.latency', buckets: [1, 10] },
        { instrument: 'size', buckets: [100] },
      ],
    });
    client.startSpan('chat', { attributes: CALL }).end();
    getMeter().createCounter('size').add(7);
    const metrics = await flush();
    expect(metrics['llm.latency']?.points[0]?.bounds).toEqual([1, 10]);
    expect(metrics['size']).toMatchObject({ type: 'histogram', points: [{ bounds: [100], sum: 7 }] });
  });

  it.each([
    ['gen_ai.*', ['llm.latency', 'gen_ai.client.token.usage'], ['llm.latency']],
    ['*.usage', ['llm.latency', 'gen_ai.client.token.usage'], ['llm.latency']],
    ['*', ['llm.latency', 'llm.calls.count'], []],
    ['llm.latenc', ['llm.latency'], ['llm.latency']],
    ['llm_latency', ['llm.latency'], ['llm.latency']],
  ])('drops what %s matches', async (instrument, measured, left) => {
    const { client, flush } = startMetrics({ views: [{ instrument, drop: true }] });
    client.startSpan('chat', { attributes: CALL }).end();
    const metrics = await flush();
    expect(measured.filter(name => metrics[name])).toEqual(left);
  });

  it('of one meter leaves the instruments of others', async () => {
    const { flush } = startMetrics({ views: [{ instrument: '*', meter: 'noisy', drop: true }] });
    getMeter('noisy').createCounter('noise').add(1);
    getMeter('other').createCounter('signal').add(1);
    expect(Object.keys(await flush())).toEqual(['signal']);
  });

  it('beside another of the same instrument makes a metric of its own', async () => {
    const { flush } = startMetrics({
      views: [
        { instrument: 'orders', name: 'orders.by_channel', attributes: ['channel'] },
        { instrument: 'orders', name: 'orders.all', attributes: [] },
      ],
    });
    const orders = getMeter().createCounter('orders');
    orders.add(1, { channel: 'web' });
    orders.add(1, { channel: 'shop' });
    const metrics = await flush();
    expect(pointsOf(metrics['orders.by_channel'], 'channel')).toEqual({ web: 1, shop: 1 });
    expect(metrics['orders.all']?.points).toEqual([{ attributes: {}, value: 2 }]);
  });
});

describe('a view that would not do what it says', () => {
  it.each([
    [{ instrument: 'llm.*', name: 'llm' }, 'telemetry.metrics.views[0]: must have no * in its instrument'],
    [{ instrument: 'a.*.b.*' }, 'telemetry.metrics.views[0].instrument: must be a name, with one * at most'],
  ])('is wrong: %j', (view, message) => {
    expect(() => startMetrics({ views: [view] }, {}, { serverChecks })).toThrow(message);
  });
});
