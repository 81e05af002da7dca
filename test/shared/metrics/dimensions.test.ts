import { afterEach, describe, expect, it } from '#runner';
import type { AgentOps } from '@agentops/shared';
import { getMeter, recordLLMCall } from '@agentops/shared/metrics/functions';
import { metrics as api } from '@opentelemetry/api';
import { stop } from '../support.js';
import { CALL, pointsOf, startMetrics } from './support.js';

afterEach(stop);

const TENANT = { dimensions: ['tenant.id', 'agent.id'] };

/** A request, entered as often as it goes on. */
function request(client: AgentOps, baggage: string): <T>(fn: () => T) => T {
  const ctx = client.extractContext({ baggage });
  return fn => client.withContext(ctx, fn);
}

describe('baggage', () => {
  it('becomes attributes where it is allowed, and no other of it does', async () => {
    const { client, flush } = startMetrics(TENANT, {}, { sessionPerRequest: true });
    request(
      client,
      'tenant.id=acme,user.email=secret',
    )(() => {
      client.session.addBaggage('agent.id', 'a-1');
      client.session.addBaggage('password', 'secret');
      getMeter().createCounter('orders').add(1, { channel: 'web' });
      client.startSpan('chat', { attributes: CALL }).end();
      recordLLMCall({ model: 'm', durationMs: 1 });
    });
    const metrics = await flush();
    expect(metrics['orders']?.points).toEqual([
      { attributes: { 'tenant.id': 'acme', 'agent.id': 'a-1', channel: 'web' }, value: 1 },
    ]);
    expect(pointsOf(metrics['llm.calls.count'], 'tenant.id', 'agent.id')).toEqual({ 'acme a-1': 2 });
    expect(JSON.stringify(metrics)).not.toContain('secret');
  });

  it('is no attribute at all unless it is allowed', async () => {
    const { client, flush } = startMetrics({}, {}, { sessionPerRequest: true });
    request(client, 'tenant.id=acme')(() => getMeter().createCounter('orders').add(1));
    expect((await flush())['orders']?.points).toEqual([{ attributes: {}, value: 1 }]);
  });

  it('gives way to an attribute of the measurement itself', async () => {
    const { client, flush } = startMetrics(TENANT, {}, { sessionPerRequest: true });
    request(client, 'tenant.id=acme')(() => getMeter().createCounter('orders').add(1, { 'tenant.id': 'own' }));
    expect(pointsOf((await flush())['orders'], 'tenant.id')).toEqual({ own: 1 });
  });

  it.each([
    [256, true],
    [257, false],
  ])('of %d characters is a dimension: %s', async (length, isOne) => {
    const { client, flush } = startMetrics(TENANT, {}, { sessionPerRequest: true });
    const value = 'x'.repeat(length);
    request(client, `tenant.id=${value}`)(() => getMeter().createCounter('orders').add(1));
    expect(pointsOf((await flush())['orders'], 'tenant.id')).toEqual({ [isOne ? value : '']: 1 });
  });

  it('of two requests at once is never mixed, whoever makes the instrument', async () => {
    const { client, flush } = startMetrics(TENANT, {}, { sessionPerRequest: true });
    const requests = ['a', 'b', 'c'].map(name => request(client, `tenant.id=${name}`));
    const orders = getMeter().createCounter('orders');
    for (let round = 0; round < 3; round++)
      for (const within of requests) {
        within(() => orders.add(1));
        within(() => api.getMeter('app').createCounter('direct').add(1));
      }
    orders.add(1);
    const metrics = await flush();
    expect(pointsOf(metrics['orders'], 'tenant.id')).toEqual({ a: 3, b: 3, c: 3, '': 1 });
    expect(pointsOf(metrics['direct'], 'tenant.id')).toEqual({ a: 3, b: 3, c: 3 });
  });

  it('of a span is that of where it started, wherever it ends', async () => {
    const { client, flush } = startMetrics(TENANT, {}, { sessionPerRequest: true });
    const [first, second] = ['first', 'second'].map(name => request(client, `tenant.id=${name}`));
    const call = (model: string) => ({ attributes: { ...CALL, 'gen_ai.request.model': model } });
    const a = first?.(() => client.startSpan('chat', call('a')));
    const b = second?.(() => client.startSpan('chat', call('b')));
    second?.(() => a?.end());
    first?.(() => b?.end());
    expect(pointsOf((await flush())['llm.calls.count'], 'tenant.id', 'gen_ai.request.model')).toEqual({
      'first a': 1,
      'second b': 1,
    });
  });

  it('that an app makes up without end is held by the limit', async () => {
    const { client, flush } = startMetrics({ ...TENANT, cardinalityLimit: 4 }, {}, { sessionPerRequest: true });
    const orders = getMeter().createCounter('orders');
    for (let tenant = 0; tenant < 10; tenant++) request(client, `tenant.id=${tenant}`)(() => orders.add(1));
    expect(pointsOf((await flush())['orders'], 'tenant.id', 'otel.metric.overflow')).toEqual({
      '0 ': 1,
      '1 ': 1,
      '2 ': 1,
      ' true': 7,
    });
  });
});
