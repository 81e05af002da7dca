import { afterEach, describe, expect, it } from '#runner';
import type { AgentOps } from '@agentops/shared';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { WireMetric } from '../../support/otlp-metrics.js';
import { stop } from '../support.js';
import { CALL, pointsOf, startMetrics } from './support.js';

afterEach(stop);

/** Of a call without an error. */
const CALL_DIMENSIONS = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.response.model': 'gpt-4o-2024',
  'server.address': 'api.openai.com',
  'server.port': 443,
};

const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const RUN_SECONDS = [...SECONDS, 163.84, 327.68, 655.36, 1_310.72, 2_621.44];
const TOKENS = Array.from({ length: 14 }, (_, power) => 4 ** power);

const llm = (client: AgentOps, attributes: object = {}) =>
  client.startSpan('call', { attributes: { ...CALL, ...attributes } }).end();
const agent = (attributes: object = {}) => ({
  'gen_ai.operation.name': 'invoke_agent',
  'gen_ai.agent.name': 'planner',
  ...attributes,
});

describe('a call of a model', () => {
  it('is in the metrics that the README names, and in no other', async () => {
    const { client, flush } = startMetrics();
    llm(client, { 'gen_ai.usage.cost': 0.5, 'gen_ai.response.time_to_first_chunk': 0.3, 'other.attribute': 'x' });
    const metrics = await flush();
    const once = { attributes: CALL_DIMENSIONS };
    const tokens = (value: object, type: string) => ({
      ...value,
      attributes: { ...CALL_DIMENSIONS, 'gen_ai.token.type': type },
    });
    const expected: Record<string, object> = {
      'llm.calls.count': { type: 'sum', monotonic: true, unit: '{call}', points: [{ ...once, value: 1 }] },
      'llm.tokens.total': {
        type: 'sum',
        unit: '{token}',
        points: [tokens({ value: 100 }, 'input'), tokens({ value: 20 }, 'output')],
      },
      'llm.cost.total': { type: 'sum', unit: 'USD', points: [{ ...once, value: 0.5 }] },
      'llm.latency': { type: 'histogram', unit: 'ms', points: [{ ...once, count: 1 }] },
      'llm.request.latency': { type: 'histogram', unit: 'ms', points: [{ ...once, count: 1 }] },
      'gen_ai.client.token.usage': {
        type: 'histogram',
        unit: '{token}',
        points: [tokens({ sum: 100 }, 'input'), tokens({ sum: 20 }, 'output')],
      },
      'gen_ai.client.operation.duration': { type: 'histogram', unit: 's', points: [{ ...once, count: 1 }] },
      'gen_ai.client.operation.time_to_first_chunk': { unit: 's', points: [{ ...once, count: 1, sum: 0.3 }] },
    };
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(expected).sort());
    expect(metrics).toMatchObject(expected);
  });

  it.each([
    ['llm.latency', SECONDS.map(seconds => seconds * 1_000)],
    ['llm.request.latency', SECONDS.map(seconds => seconds * 1_000)],
    ['gen_ai.client.operation.duration', SECONDS],
    ['gen_ai.client.operation.time_to_first_chunk', SECONDS],
    ['gen_ai.client.token.usage', TOKENS],
  ])('has in %s the buckets of the conventions', async (name, bounds) => {
    const { client, flush } = startMetrics();
    llm(client, { 'gen_ai.response.time_to_first_chunk': 1 });
    expect((await flush())[name]?.points[0]?.bounds).toEqual(bounds);
  });

  it('is as long as its span', async () => {
    const { flush } = startMetrics();
    const startTime = Date.now();
    trace
      .getTracer('other')
      .startSpan('chat', { attributes: CALL, startTime })
      .end(startTime + 1_500);
    const metrics = await flush();
    expect(metrics['llm.latency']?.points[0]?.sum).toBeCloseTo(1_500);
    expect(metrics['gen_ai.client.operation.duration']?.points[0]?.sum).toBeCloseTo(1.5);
  });

  it.each(['chat', 'generate_content', 'text_completion', 'embeddings'])('may be of the kind %s', async operation => {
    const { client, flush } = startMetrics();
    llm(client, { 'gen_ai.operation.name': operation });
    expect(pointsOf((await flush())['llm.calls.count'], 'gen_ai.operation.name')).toEqual({ [operation]: 1 });
  });

  it('that has no output, as embeddings have, has tokens of input alone', async () => {
    const { client, flush } = startMetrics();
    llm(client, { 'gen_ai.operation.name': 'embeddings', 'gen_ai.usage.output_tokens': undefined });
    const metrics = await flush();
    expect(pointsOf(metrics['llm.tokens.total'], 'gen_ai.token.type')).toEqual({ input: 100 });
    expect(pointsOf(metrics['gen_ai.client.token.usage'], 'gen_ai.token.type')).toEqual({ input: 1 });
  });

  it('of which only the sum of its tokens is known has that', async () => {
    const { client, flush } = startMetrics();
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.total_tokens': 7 };
    client.startSpan('chat', { attributes }).end();
    const metrics = await flush();
    expect(metrics['llm.tokens.total']?.points).toMatchObject([{ value: 7 }]);
    expect(metrics['gen_ai.client.token.usage']).toBeUndefined();
  });

  it.each([
    ['what was thrown', { 'error.type': 'TimeoutError' }, 'TimeoutError'],
    ['_OTHER where nobody has said', {}, '_OTHER'],
  ])('that failed counts as one, by %s', async (_title, attributes, type) => {
    const { client, flush } = startMetrics();
    client
      .startSpan('chat', { attributes: { ...CALL, ...attributes } })
      .setStatus({ code: SpanStatusCode.ERROR })
      .end();
    const metrics = await flush();
    for (const name of ['llm.calls.count', 'llm.latency', 'gen_ai.client.operation.duration'])
      expect(pointsOf(metrics[name], 'error.type')).toEqual({ [type]: 1 });
    expect(pointsOf(metrics['llm.tokens.total'], 'error.type')).toEqual({ '': 120 });
  });
});

describe('two instrumentations of one call', () => {
  it('count it once, as the inner one has it, whatever lies between them', async () => {
    const { client, flush } = startMetrics();
    client.withSpan('chat', { attributes: { ...CALL, 'gen_ai.usage.input_tokens': 999 } }, () =>
      client.withSpan('POST', () => client.withSpan('generate', { attributes: CALL }, () => {})),
    );
    const metrics = await flush();
    expect(pointsOf(metrics['llm.calls.count'])).toEqual({ '': 1 });
    expect(pointsOf(metrics['llm.tokens.total'], 'gen_ai.token.type')).toEqual({ input: 100, output: 20 });
  });

  it('still count each of two calls that one of them has around it', async () => {
    const { client, flush } = startMetrics();
    client.withSpan('chat', { attributes: CALL }, () => {
      llm(client);
      llm(client);
    });
    expect(pointsOf((await flush())['llm.calls.count'])).toEqual({ '': 2 });
  });

  it('do not make one of a chat and the embeddings it asks for, nor of an agent and its calls', async () => {
    const { client, flush } = startMetrics();
    client.withAgent('planner', () =>
      client.withSpan('chat', { attributes: CALL }, () => llm(client, { 'gen_ai.operation.name': 'embeddings' })),
    );
    const metrics = await flush();
    expect(pointsOf(metrics['llm.calls.count'], 'gen_ai.operation.name')).toEqual({ chat: 1, embeddings: 1 });
    expect(pointsOf(metrics['agent.runs.count'], 'gen_ai.agent.name')).toEqual({ planner: 1 });
  });
});

describe('a run of an agent', () => {
  it.each([
    [SpanStatusCode.UNSET, 'Indeterminate', ''],
    [SpanStatusCode.OK, 'Success', ''],
    [SpanStatusCode.ERROR, 'Fail', '_OTHER'],
  ])('with status %d is %s', async (code, state, error) => {
    const { client, flush } = startMetrics();
    client.startSpan('run', { attributes: agent() }).setStatus({ code }).end();
    const metrics = await flush();
    const key = `planner ${state} ${error}`;
    for (const name of ['agent.runs.count', 'agent.run.duration'])
      expect(pointsOf(metrics[name], 'gen_ai.agent.name', 'agentops.run.state', 'error.type')).toEqual({ [key]: 1 });
  });

  it('has buckets up to 44 minutes, and nothing of the tokens it sums up', async () => {
    const { client, flush } = startMetrics();
    client.startSpan('run', { attributes: agent({ 'gen_ai.usage.input_tokens': 500 }) }).end();
    const metrics: Record<string, WireMetric> = await flush();
    expect(metrics['agent.run.duration']?.points[0]?.bounds).toEqual(RUN_SECONDS);
    expect(Object.keys(metrics).sort()).toEqual(['agent.run.duration', 'agent.runs.count']);
  });
});

describe('a call of a tool', () => {
  it('counts, and as an error when it failed', async () => {
    const { client, flush } = startMetrics();
    client.withTool('search', () => {});
    const fail = (): never => {
      throw new TypeError('no');
    };
    expect(() => client.withTool('search', fail)).toThrow('no');
    const metrics = await flush();
    expect(pointsOf(metrics['tool.calls.count'], 'gen_ai.tool.name', 'gen_ai.tool.type')).toEqual({
      'search function': 2,
    });
    expect(pointsOf(metrics['tool.errors.count'], 'gen_ai.tool.name', 'error.type')).toEqual({ 'search TypeError': 1 });
    expect(pointsOf(metrics['tool.duration'], 'error.type')).toEqual({ '': 1, TypeError: 1 });
    expect(metrics['tool.duration']?.points[0]?.bounds).toEqual(RUN_SECONDS);
  });

  it('has a price of its own', async () => {
    const { client, flush } = startMetrics();
    client.withTool('search', { attributes: { 'gen_ai.usage.cost': 0.25 } }, () => {});
    expect(pointsOf((await flush())['llm.cost.total'], 'gen_ai.tool.name')).toEqual({ search: 0.25 });
  });
});

describe('any other span', () => {
  it.each([{}, { 'gen_ai.operation.name': 'create_agent' }, { 'gen_ai.operation.name': 7 }, { 'http.route': '/' }])(
    'with %j is no metric',
    async attributes => {
      const { client, flush, sent } = startMetrics();
      client.startSpan('work', { attributes }).end();
      expect([await flush(), sent]).toEqual([{}, []]);
    },
  );
});
