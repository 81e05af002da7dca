import { SpanStatusCode, trace } from '@opentelemetry/api';
import { flush, injectContext, withAgent, withSpan, withTool } from '@agentops/node';
import { getMeter } from '@agentops/node/metrics';
import { describe, expect, it } from 'vitest';
import { CALL, useMetrics } from '../support/node-metrics.js';

const setup = useMetrics();

describe('metrics of spans', () => {
  it.each(['http/protobuf', 'http/json'] as const)('arrive as %s with the resource of the spans', async protocol => {
    setup.start({ protocol }, { environment: 'test', resourceAttributes: { team: 'a' } });
    withSpan('chat gpt-4o', { attributes: { ...CALL, 'gen_ai.usage.cost': 0.25 } }, () => {});
    await flush();
    const [received] = setup.collector.taken;
    expect(received).toMatchObject({
      path: '/v1/metrics',
      headers: { 'content-type': protocol === 'http/json' ? 'application/json' : 'application/x-protobuf' },
    });
    expect(setup.collector.last('llm.calls.count')).toMatchObject({
      type: 'sum',
      unit: '{call}',
      monotonic: true,
      temporality: 'cumulative',
      scope: 'agentops',
      resource: { 'service.name': 'planner', 'deployment.environment.name': 'test', team: 'a' },
      points: [
        {
          value: 1,
          attributes: {
            'gen_ai.operation.name': 'chat',
            'gen_ai.provider.name': 'openai',
            'gen_ai.request.model': 'gpt-4o',
            'gen_ai.response.model': 'gpt-4o-2024',
            'server.address': 'api.openai.com',
          },
        },
      ],
    });
    expect(setup.collector.values('llm.tokens.total', 'gen_ai.token.type', 'gen_ai.request.model')).toEqual({
      'input gpt-4o': 100,
      'output gpt-4o': 20,
    });
    expect(setup.collector.values('llm.cost.total', 'gen_ai.request.model')).toEqual({ 'gpt-4o': 0.25 });
    const usage = setup.collector.last('gen_ai.client.token.usage');
    expect(usage).toMatchObject({ type: 'histogram', unit: '{token}' });
    expect(usage?.points.map(point => [point.attributes['gen_ai.token.type'], point.count, point.sum])).toEqual([
      ['input', 1, 100],
      ['output', 1, 20],
    ]);
    expect(usage?.points[0]?.bounds?.slice(0, 5)).toEqual([1, 4, 16, 64, 256]);
    expect(usage?.points[0]?.bounds?.at(-1)).toBe(67_108_864);
    const duration = setup.collector.last('gen_ai.client.operation.duration');
    expect(duration).toMatchObject({ type: 'histogram', unit: 's', points: [{ count: 1 }] });
    expect(duration?.points[0]?.bounds).toEqual([
      0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
    ]);
    expect(setup.collector.last('llm.latency')).toMatchObject({ unit: 'ms', points: [{ count: 1 }] });
    expect(setup.collector.last('llm.request.latency')).toMatchObject({ unit: 'ms', points: [{ count: 1 }] });
  });

  it('count a call once when two instrumentations have seen it, by the inner span', async () => {
    setup.start();
    withSpan('chat', { attributes: { ...CALL, 'gen_ai.usage.input_tokens': 999 } }, () =>
      withSpan('POST', () =>
        withSpan('generate', { attributes: { ...CALL, 'gen_ai.operation.name': 'generate_content' } }, () => {}),
      ),
    );
    withTool('search', () =>
      withSpan(
        'tools/call',
        { attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' } },
        () => {},
      ),
    );
    withTool('research', () => withTool('search', () => {}));
    await flush();
    expect(setup.collector.values('llm.calls.count', 'gen_ai.operation.name')).toEqual({ generate_content: 1 });
    expect(setup.collector.values('llm.tokens.total', 'gen_ai.token.type')).toEqual({ input: 100, output: 20 });
    expect(setup.collector.values('tool.calls.count', 'gen_ai.tool.name')).toEqual({ search: 2, research: 1 });
  });

  it('leave the usage that an agent sums up to the calls it is made of', async () => {
    setup.start();
    await withAgent('planner', { attributes: { 'gen_ai.usage.input_tokens': 100 } }, async () => {
      await withSpan('chat', { attributes: CALL }, async () => {});
    });
    await flush();
    expect(setup.collector.values('llm.tokens.total', 'gen_ai.token.type')).toEqual({ input: 100, output: 20 });
  });

  it('say how agents and tools have ended', async () => {
    setup.start();
    withAgent('planner', () => {});
    const fail = (): never => {
      throw new TypeError('no');
    };
    expect(() => withAgent('planner', fail)).toThrow();
    withSpan(
      'invoke_agent helper',
      { attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'helper' } },
      span => span.setStatus({ code: SpanStatusCode.ERROR }),
    );
    withTool('search', () => {});
    expect(() => withTool('search', fail)).toThrow();
    await flush();
    expect(setup.collector.values('agent.runs.count', 'gen_ai.agent.name', 'agentops.run.state', 'error.type')).toEqual(
      {
        'planner Success ': 1,
        'planner Fail TypeError': 1,
        'helper Fail _OTHER': 1,
      },
    );
    expect(setup.collector.last('agent.run.duration')).toMatchObject({ unit: 's', type: 'histogram' });
    expect(setup.collector.values('tool.calls.count', 'gen_ai.tool.name')).toEqual({ search: 2 });
    expect(setup.collector.values('tool.errors.count', 'gen_ai.tool.name', 'error.type')).toEqual({
      'search TypeError': 1,
    });
  });

  it('know of a streamed answer when it began', async () => {
    setup.start();
    withSpan('chat', { attributes: { ...CALL, 'gen_ai.response.time_to_first_chunk': 0.5 } }, () => {});
    await flush();
    expect(setup.collector.last('gen_ai.client.operation.time_to_first_chunk')).toMatchObject({
      unit: 's',
      points: [{ count: 1, sum: 0.5 }],
    });
  });

  it('take spans of other instrumentations, older names, and values that are none', async () => {
    setup.start();
    const span = trace.getTracer('other').startSpan('chat');
    span.setAttributes({
      'gen_ai.operation.name': 'chat',
      'gen_ai.system': 'anthropic',
      'gen_ai.usage.prompt_tokens': 7,
    });
    span.setAttributes({ 'gen_ai.usage.output_tokens': -5, 'gen_ai.usage.cost': 'much' });
    span.end();
    span.end();
    await flush();
    expect(setup.collector.values('llm.calls.count', 'gen_ai.provider.name')).toEqual({ anthropic: 1 });
    expect(setup.collector.values('llm.tokens.total', 'gen_ai.token.type')).toEqual({ input: 7 });
    expect(setup.collector.last('llm.cost.total')).toBeUndefined();
  });

  it('are those of all, sampled or not, of which the backends of spans get nothing', async () => {
    setup.start({}, { telemetry: { sampling: { rate: 0 } } });
    withAgent('planner', () => withSpan('work', () => withSpan('chat', { attributes: CALL }, () => {})));
    expect(await flush()).toEqual({ delivered: 0, pending: 0, dropped: {} });
    expect(setup.collector.last('llm.calls.count')?.points[0]?.value).toBe(1);
    expect(setup.collector.last('agent.runs.count')?.points[0]?.value).toBe(1);
  });

  it('count a call once that is not sampled and has two spans, with another between them', async () => {
    setup.start({}, { telemetry: { sampling: { rate: 0 } } });
    const call = <T>(inside: () => T) => withSpan('chat', { attributes: CALL }, inside);
    call(() => withSpan('retry', () => call(() => {})));
    await flush();
    expect(setup.collector.last('llm.calls.count')?.points[0]?.value).toBe(1);
  });

  it('leave alone what a span of theirs tells the next service', async () => {
    setup.start({}, { telemetry: { sampling: { rate: 0 } } });
    const header = withAgent('planner', () => injectContext<Record<string, string>>({})['traceparent']);
    expect(header).toMatch(/-0[02]$/);
  });
});

describe('what the process says of itself', () => {
  it('is its memory, and how export goes', async () => {
    setup.start();
    withSpan('work', () => {});
    await flush();
    await flush();
    const memory = setup.collector.last('process.memory.usage');
    expect(memory).toMatchObject({ type: 'gauge', unit: 'By', points: [{ attributes: { type: 'process_memory' } }] });
    expect(memory?.points[0]?.value).toBeGreaterThan(10_000_000);
    expect(setup.collector.values('otel.sdk.exporter.span.exported')).toEqual({ '': 1 });
    expect(setup.collector.last('otel.sdk.exporter.operation.duration')?.points[0]?.count).toBe(1);
  });

  it('includes no span of an export or of the exporter', async () => {
    setup.start();
    await flush();
    await flush();
    expect(setup.collector.values('otel.sdk.processor.span.processed')).toEqual({ '': 0 });
  });
});

describe('temporality', () => {
  it.each([
    ['cumulative', 'cumulative', [1, 3]],
    ['delta', 'delta', [1, 2]],
    ['lowmemory', 'delta', [1, 2]],
  ] as const)('%s sends counters as %s', async (temporality, counters, counts) => {
    setup.start({ temporality });
    const orders = getMeter().createCounter('orders');
    const open = getMeter().createUpDownCounter('open');
    const seen: number[] = [];
    for (const count of [1, 2]) {
      orders.add(count);
      open.add(1);
      await flush();
      seen.push(setup.collector.values('orders')[''] ?? NaN);
    }
    expect(seen).toEqual(counts);
    expect(setup.collector.last('orders')?.temporality).toBe(counters);
    expect(setup.collector.last('open')).toMatchObject({
      temporality: 'cumulative',
      monotonic: false,
      points: [{ value: 2 }],
    });
  });
});
