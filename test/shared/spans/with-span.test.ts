import { afterEach, describe, it, expect } from '#runner';
import type { AgentOptions, SpanHandle, WithSpan } from '@agentops/shared';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { start, stop } from '../support.js';

afterEach(stop);

const startBare = () => start({ autoStartSession: false });

describe('withSpan', () => {
  it('runs the function in the span, gives it the span and returns its value', () => {
    const { client, ended } = startBare();
    const value = {};
    let given: SpanHandle | undefined;
    const result = client.withSpan('work', { attributes: { a: 1, none: undefined } }, span => {
      given = span;
      expect(trace.getSpan(context.active())?.spanContext()).toEqual(span.spanContext());
      expect(span.context).toBe(context.active());
      return value;
    });
    expect(result).toBe(value);
    expect(given?.isRecording()).toBe(false);
    expect(context.active()).toBe(ROOT_CONTEXT);
    expect(ended.map(({ name, attributes, status }) => [name, attributes, status])).toEqual([
      ['work', { a: 1 }, { code: 1 }],
    ]);
  });

  it('nests', () => {
    const { client, ended } = startBare();
    client.withSpan('outer', () => client.withSpan('inner', () => {}));
    const [inner, outer] = ended;
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(outer?.parentSpanContext).toBeUndefined();
  });

  it.each<[string, unknown, string, string | undefined]>([
    ['an Error', new TypeError('broken'), 'TypeError', 'broken'],
    ['a text', 'broken', 'string', 'broken'],
    ['nothing', undefined, 'undefined', 'undefined'],
    ['null', null, 'object', 'null'],
    ['what looks like an error', { name: 'Odd', message: 'broken' }, 'Odd', 'broken'],
    ['what has no text', Object.create(null), 'unknown', 'an error that cannot be read'],
    [
      'what throws when looked at',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
          has: () => {
            throw new Error('no');
          },
        },
      ),
      'unknown',
      'an error that cannot be read',
    ],
  ])('fails and throws on %s as it was thrown', (_title, thrown, type, message) => {
    const { client, ended } = startBare();
    let caught: { error: unknown } | undefined;
    try {
      client.withSpan('work', () => {
        throw thrown;
      });
    } catch (error) {
      caught = { error };
    }
    expect(caught && Object.is(caught.error, thrown)).toBe(true);
    expect(ended.length).toBe(1);
    expect(ended[0]?.status).toEqual({ code: 2, message });
    expect(ended[0]?.attributes).toMatchObject({ 'error.type': type });
    expect(ended[0]?.events.map(({ name }) => name)).toEqual(['exception']);
  });

  it('leaves a status the app has set', () => {
    const { client, ended } = startBare();
    client.withSpan('work', span => span.setStatus({ code: 2, message: 'mine' }));
    expect(ended[0]?.status).toEqual({ code: 2, message: 'mine' });
  });

  it('leaves a span alone that the app has ended itself', () => {
    const { client, ended } = startBare();
    client.withSpan('work', span => span.end());
    expect(() =>
      client.withSpan('other', span => {
        span.end();
        throw new Error('later');
      }),
    ).toThrow('later');
    expect(ended.map(({ name, status }) => [name, status.code])).toEqual([
      ['work', 0],
      ['other', 0],
    ]);
  });

  it('takes options that are undefined for none', () => {
    const { client, ended } = startBare();
    expect(client.withSpan('work', undefined as never, () => 5)).toBe(5);
    expect(ended.map(({ name }) => name)).toEqual(['work']);
  });

  it('runs the function once although the span cannot be started', () => {
    const { client } = startBare();
    let runs = 0;
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect(client.withSpan('work', hostile, span => [++runs, span.isRecording()])).toEqual([1, false]);
  });
});

describe('the span that the function gets', () => {
  it('has the members of a span', () => {
    const { client, ended } = startBare();
    client.withSpan('work', span => {
      span
        .setAttribute('a', 1)
        .setAttributes({ b: 'x' })
        .addEvent('happened', { c: true })
        .updateName('renamed')
        .setStatus({ code: 1 })
        .recordException(new Error('noted'));
    });
    const [span] = ended;
    expect(span?.name).toBe('renamed');
    expect(span?.attributes).toEqual({ a: 1, b: 'x' });
    expect(span?.events.map(({ name }) => name)).toEqual(['happened', 'exception']);
  });

  it('leads back into its context when that was lost', () => {
    const { client, ended } = startBare();
    const span = client.startSpan('outer', { attributes: { a: 1 } });
    expect(trace.getSpan(context.active())).toBeUndefined();
    expect(span.run(() => client.withSpan('inner', () => 5))).toBe(5);
    span.end();
    span.end();
    expect(ended.map(({ name }) => name)).toEqual(['inner', 'outer']);
    expect(ended[0]?.parentSpanContext?.spanId).toBe(span.spanContext().spanId);
  });
});

describe('the kinds', () => {
  it.each([
    [
      'withTool',
      'search.tool',
      {
        'agentops.span.kind': 'tool',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'search',
        'gen_ai.tool.type': 'function',
      },
    ],
    ['withTask', 'search.task', { 'agentops.span.kind': 'task' }],
    [
      'withWorkflow',
      'search.workflow',
      {
        'agentops.span.kind': 'workflow',
        'gen_ai.operation.name': 'invoke_workflow',
        'gen_ai.workflow.name': 'search',
      },
    ],
    [
      'withAgent',
      'search.agent',
      {
        'agentops.span.kind': 'agent',
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'search',
        'agent.id': 'a-1',
      },
    ],
  ] as const)('%s makes %s', (method, name, attributes) => {
    const { client, ended } = startBare();
    (client[method] as WithSpan<AgentOptions>)(
      'search',
      { ...(method === 'withAgent' && { id: 'a-1' }), attributes: { mine: true } },
      () => {},
    );
    expect(ended[0]?.name).toBe(name);
    expect(ended[0]?.attributes).toEqual({ ...attributes, mine: true });
  });

  it('let the app have the last word on attributes', () => {
    const { client, ended } = startBare();
    client.withTool('search', { attributes: { 'gen_ai.tool.type': 'extension' } }, () => {});
    expect(ended[0]?.attributes).toMatchObject({ 'gen_ai.tool.type': 'extension' });
  });
});

describe('withAgent', () => {
  it('puts its id on everything below, here and on the wire, and nowhere else', () => {
    const { client, ended } = startBare();
    client.withAgent('outer', { id: 'a-1' }, () => {
      client.withTool('before', () => {});
      client.withAgent('inner', { id: 'a-2' }, () => {
        client.withTool('within', () => {});
        expect(client.injectContext()['baggage']).toBe('agent.id=a-2');
      });
      expect(client.injectContext()['baggage']).toBe('agent.id=a-1');
    });
    client.withTool('after', () => {});
    expect(ended.map(({ name, attributes }) => [name, attributes['agent.id']])).toEqual([
      ['before.tool', 'a-1'],
      ['within.tool', 'a-2'],
      ['inner.agent', 'a-2'],
      ['outer.agent', 'a-1'],
      ['after.tool', undefined],
    ]);
  });

  it('has a new id for every call unless told', () => {
    const { client, ended } = startBare();
    client.withAgent('planner', () => {});
    client.withAgent('planner', () => {});
    const [first, second] = ended.map(({ attributes }) => attributes['agent.id']);
    expect(first).toMatch(/^[\da-f-]{36}$/);
    expect(second).not.toBe(first);
  });

  it('sees baggage that is added to the request later', () => {
    const { client } = startBare();
    client.withContext(client.extractContext({}), () =>
      client.withAgent('planner', { id: 'a-1' }, () => {
        client.session.addBaggage('tenant', 'acme');
        expect(client.injectContext()['baggage']).toBe('tenant=acme,agent.id=a-1');
      }),
    );
  });
});

describe('observe', () => {
  it('keeps this, parameters, result and name', () => {
    const { client, ended } = startBare();
    const target = {
      factor: 3,
      times: client.observe(function times(this: { factor: number }, a: number, b: number) {
        return this.factor * a * b;
      } as (a: number, b: number) => number),
    };
    expect(target.times(2, 5)).toBe(30);
    expect(target.times.name).toBe('times');
    expect(ended.map(({ name }) => name)).toEqual(['times']);
  });

  it('has the name, kind and attributes it is given', () => {
    const { client, ended } = startBare();
    client.observe(() => {}, { name: 'search', kind: 'tool', attributes: { a: 1 } })();
    client.observe(() => {})();
    expect(ended.map(({ name }) => name)).toEqual(['search.tool', 'anonymous']);
    expect(ended[0]?.attributes).toMatchObject({ a: 1, 'gen_ai.tool.name': 'search' });
  });

  it('traces every call, recursive ones within each other', () => {
    const { client, ended } = startBare();
    const countdown: (from: number) => number = client.observe(from => (from === 0 ? 0 : countdown(from - 1)), {
      name: 'countdown',
    });
    expect(countdown(3)).toBe(0);
    expect(ended.length).toBe(4);
    expect(new Set(ended.map(span => span.spanContext().traceId)).size).toBe(1);
  });
});
