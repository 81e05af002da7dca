import { metrics } from '@opentelemetry/api';
import { flush, init, session, shutdown, startSession, withAgent, withSpan, withTool } from '@agentops/node';
import { getMeter, incrementTokens, recordLatency, recordLLMCall } from '@agentops/node/metrics';
import { describe, expect, it } from 'vitest';
import { CALL, useMetrics } from '../support/node-metrics.js';

const setup = useMetrics();

describe('metrics of your own', () => {
  it('can be made before init(), and go on after another', async () => {
    const orders = getMeter().createCounter('orders');
    const depth = getMeter().createObservableGauge('depth');
    const both = getMeter('batch');
    const high = both.createObservableGauge('high');
    depth.addCallback(result => result.observe(3));
    both.addBatchObservableCallback(result => result.observe(high, 9), [high]);
    orders.add(1);
    for (const round of [1, 2]) {
      setup.start();
      orders.add(round, { channel: 'web' });
      await flush();
      expect(setup.collector.last('orders')?.points).toEqual([{ value: round, attributes: { channel: 'web' } }]);
      expect(setup.collector.last('depth')?.points[0]?.value).toBe(3);
      expect(setup.collector.last('high')).toMatchObject({ scope: 'batch', points: [{ value: 9 }] });
      await shutdown();
    }
  });

  it('carry the dimensions that are allowed, of the scope they are made in', async () => {
    setup.start({ dimensions: ['tenant.id', 'agent.id'] });
    const orders = getMeter().createCounter('orders');
    const open = startSession({ id: 'session-1' });
    open.run(() => {
      session.addBaggage('tenant.id', 'acme');
      session.addBaggage('secret', 'x');
      orders.add(1);
      orders.add(1, { 'tenant.id': 'own' });
      withAgent('planner', { id: 'agent-7' }, () => {
        withSpan('chat', { attributes: CALL }, () => {});
        orders.add(1);
      });
    });
    orders.add(1);
    open.end();
    await flush();
    expect(setup.collector.values('orders', 'tenant.id', 'agent.id')).toEqual({
      'acme ': 1,
      'own ': 1,
      'acme agent-7': 1,
      ' ': 1,
    });
    expect(setup.collector.values('llm.calls.count', 'tenant.id', 'agent.id')).toEqual({ 'acme agent-7': 1 });
    expect(setup.collector.values('agent.runs.count', 'tenant.id', 'agent.id')).toEqual({ 'acme agent-7': 1 });
    expect(JSON.stringify(setup.collector.taken)).not.toContain('session-1');
    expect(JSON.stringify(setup.collector.taken)).not.toContain('secret');
  });

  it.each(['cumulative', 'delta'] as const)('overflow beyond the limit, also over time: %s', async temporality => {
    setup.start({ cardinalityLimit: 5, temporality });
    const visits = getMeter().createCounter('visits');
    const direct = metrics.getMeter('app').createCounter('direct');
    for (let round = 0; round < 3; round++) {
      for (let user = 0; user < 10; user++) {
        visits.add(1, { user: `${round}-${user}` });
        direct.add(1, { user: `${round}-${user}` });
      }
      await flush();
    }
    for (const name of ['visits', 'direct']) {
      expect(setup.collector.last(name)?.points).toHaveLength(5);
      expect(setup.collector.values(name, 'otel.metric.overflow')['true']).toBe(temporality === 'delta' ? 6 : 26);
    }
  });

  it('are the ones of the helpers, beside those of spans', async () => {
    setup.start();
    recordLLMCall({
      model: 'gpt-4o',
      provider: 'openai',
      durationMs: 1_200,
      inputTokens: 10,
      outputTokens: 5,
      cost: 0.5,
      timeToFirstChunkMs: 300,
      attributes: { feature: 'chat' },
    });
    recordLLMCall({ model: 'gpt-4o', durationMs: 10, errorType: 'timeout' });
    recordLatency(250, { model: 'gpt-4' });
    incrementTokens(40, { model: 'gpt-4' });
    await flush();
    expect(setup.collector.values('llm.calls.count', 'gen_ai.request.model', 'error.type', 'feature')).toEqual({
      'gpt-4o  chat': 1,
      'gpt-4o timeout ': 1,
    });
    expect(setup.collector.values('llm.tokens.total', 'gen_ai.token.type', 'model')).toEqual({
      'input ': 10,
      'output ': 5,
      ' gpt-4': 40,
    });
    expect(setup.collector.values('llm.request.latency', 'model', 'gen_ai.request.model', 'error.type')).toEqual({
      ' gpt-4o ': 1,
      ' gpt-4o timeout': 1,
      'gpt-4  ': 1,
    });
    expect(setup.collector.last('gen_ai.client.operation.duration')?.points[0]).toMatchObject({ sum: 1.2 });
    expect(setup.collector.last('gen_ai.client.operation.time_to_first_chunk')?.points[0]).toMatchObject({ sum: 0.3 });
  });

  it('do nothing while no client runs, and never throw', () => {
    expect(() => {
      recordLatency(5);
      incrementTokens(5);
      recordLLMCall({ model: 'm', durationMs: 1 });
      getMeter().createHistogram('h').record(1);
    }).not.toThrow();
  });

  it('survive attributes that throw when they are read', async () => {
    setup.start();
    const hostile = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    expect(() => getMeter().createCounter('c').add(1, hostile)).not.toThrow();
    expect(setup.warnings.join()).toContain('recording a metric failed');
  });

  it('are those of the code through the OpenTelemetry API, as seed 003 has it', async () => {
    init({ endpoint: setup.collector.url, telemetry: { metrics: true } });
    const tokens = metrics
      .getMeter('agent.metrics')
      .createCounter('llm.tokens.total', { description: 'Total tokens processed' });
    withTool('process_task', () => tokens.add(1, { model: 'gpt-4' }));
    await flush();
    expect(setup.collector.last('llm.tokens.total')).toMatchObject({
      scope: 'agent.metrics',
      points: [{ value: 1, attributes: { model: 'gpt-4' } }],
    });
  });
});
