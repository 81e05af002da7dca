import { afterEach, describe, expect, it } from '#runner';
import { getMeter } from '@agentops/shared/metrics/functions';
import { limitAttributeSets } from '@agentops/shared/metrics/attribute-sets';
import { metrics as api } from '@opentelemetry/api';
import { stop } from '../support.js';
import { CALL, pointsOf, startMetrics } from './support.js';

afterEach(stop);

const OVERFLOW = { 'otel.metric.overflow': true };

describe('limitAttributeSets', () => {
  it('lets through as many as leave room for the overflow, whenever they come', () => {
    const limit = limitAttributeSets(3);
    expect(limit({ user: 'a' })).toEqual({ user: 'a' });
    expect(limit({ user: 'b' })).toEqual({ user: 'b' });
    expect(limit({ user: 'c' })).toEqual(OVERFLOW);
    expect(limit({ user: 'a' })).toEqual({ user: 'a' });
  });

  it.each([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: '1' }, false],
    [{ a: '1,b:2' }, { a: '1', b: '2' }, false],
    [{ a: ['x', 'y'] }, { a: ['x,y'] }, false],
  ])('takes %j and %j for one: %s', (first, second, isSame) => {
    const limit = limitAttributeSets(2);
    limit(first);
    expect(limit(second)).toEqual(isSame ? second : OVERFLOW);
  });
});

describe('an instrument with more attribute sets than the limit', () => {
  it.each([
    ['cumulative', 5, 26],
    ['delta', 5, 6],
  ] as const)('has the rest in one point, over many collections: %s', async (temporality, points, overflowed) => {
    const { flush } = startMetrics({ cardinalityLimit: 5, temporality });
    const visits = getMeter().createCounter('visits');
    let metrics = await flush();
    for (let round = 0; round < 3; round++) {
      for (let user = 0; user < 10; user++) visits.add(1, { user: `${round}-${user}` });
      metrics = await flush();
    }
    expect(metrics['visits']?.points).toHaveLength(points);
    expect(pointsOf(metrics['visits'], 'otel.metric.overflow')['true']).toBe(overflowed);
  });

  it('still counts everything', async () => {
    const { flush } = startMetrics({ cardinalityLimit: 4 });
    const visits = getMeter().createHistogram('visits');
    for (let round = 0; round < 10; round++) {
      for (let user = 0; user < 10; user++) visits.record(1, { user: `${round}-${user}` });
      await flush();
    }
    visits.record(1, { user: '0-0' });
    const { points = [] } = (await flush())['visits'] ?? {};
    expect(points.reduce((sum, { count = NaN }) => sum + count, 0)).toBe(101);
    expect(points).toHaveLength(4);
  });

  it('takes nothing away from another', async () => {
    const { client, flush } = startMetrics({ cardinalityLimit: 3 });
    const visits = getMeter().createCounter('visits');
    for (let user = 0; user < 10; user++) visits.add(1, { user });
    client.startSpan('chat', { attributes: CALL }).end();
    const metrics = await flush();
    expect(pointsOf(metrics['llm.calls.count'], 'gen_ai.request.model')).toEqual({ 'gpt-4o': 1 });
  });

  it('is not spared by a view of another meter', async () => {
    const { flush } = startMetrics({
      cardinalityLimit: 3,
      views: [{ instrument: '*', meter: 'other', attributes: [] }],
    });
    const visits = getMeter().createCounter('visits');
    for (let user = 0; user < 4; user++) {
      visits.add(1, { user });
      await flush();
    }
    visits.add(1, { user: 0 });
    expect(pointsOf((await flush())['visits'], 'user', 'otel.metric.overflow')).toEqual({
      '0 ': 2,
      '1 ': 1,
      ' true': 2,
    });
  });

  it('has one limit, however often and in whatever letters it is asked for', async () => {
    const { flush } = startMetrics({ cardinalityLimit: 3 });
    for (let user = 0; user < 10; user++) {
      getMeter().createCounter('visits').add(1, { user });
      getMeter().createCounter('Visits').add(1, { user });
      api.getMeter('app').createCounter('direct').add(1, { user });
    }
    let metrics = await flush();
    for (let user = 10; user < 20; user++) api.getMeter('app').createCounter('direct').add(1, { user });
    metrics = await flush();
    expect(metrics['visits']?.points).toHaveLength(3);
    expect(metrics['direct']?.points).toHaveLength(3);
  });
});
