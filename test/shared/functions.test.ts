import { afterEach, describe, it, expect } from '#runner';
import type { WithSpan } from '@agentops/shared';
import * as functions from '@agentops/shared/functions';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { start, stop, TRACEPARENT } from './support.js';

const { withSpan, withAgent, withTool, withTask, withWorkflow } = functions;
const KINDS: [string, WithSpan][] = Object.entries({ withSpan, withAgent, withTool, withTask, withWorkflow });

afterEach(async () => {
  await functions.shutdown();
  await stop();
});

function init() {
  const started = start({ autoStartSession: false });
  return { ...started, client: functions.keepClient(started.client) };
}

describe('before init', () => {
  it('there is no client', () => {
    expect(functions.startedClient()).toBeUndefined();
  });

  it('injectContext gives the carrier back as it is', () => {
    const carrier = { traceparent: TRACEPARENT, other: 'x' };
    expect(functions.injectContext(carrier)).toBe(carrier);
    expect(carrier).toEqual({ traceparent: TRACEPARENT, other: 'x' });
    expect(functions.injectContext()).toEqual({});
  });

  it('extractContext gives the context that is active, or the one given', () => {
    expect(functions.extractContext({ traceparent: TRACEPARENT })).toBe(context.active());
    const given = ROOT_CONTEXT.setValue(Symbol('x'), 1);
    expect(functions.extractContext({}, given)).toBe(given);
  });

  it.each(KINDS)('%s runs the function with a span that records nothing', (_name, withKind) => {
    const result = {};
    const run = withKind('work', { attributes: { a: 1 } }, span => {
      span.setAttribute('a', 1).addEvent('x').recordException('y');
      expect(span.isRecording()).toBe(false);
      return result;
    });
    expect(run).toBe(result);
    const error = new Error('app');
    const fail = () => {
      throw error;
    };
    expect(() => withKind('work', fail)).toThrow(error);
  });

  it('promises and streams come through', async () => {
    expect(await functions.withSpan('work', async () => 5)).toBe(5);
    const items = functions.withSpan('work', async function* () {
      yield 1;
      yield 2;
    });
    const all: number[] = [];
    for await (const item of items) all.push(item);
    expect(all).toEqual([1, 2]);
  });

  it('sessions and their baggage work, and go nowhere', () => {
    const session = functions.startSession({ name: 'early' });
    session.addBaggage('tenant', 'acme');
    expect(session.getBaggageValue('tenant')).toBe('acme');
    expect(session.run(() => 5)).toBe(5);
    expect(session.injectContext({ a: 'b' })).toEqual({ a: 'b' });
    functions.session.addBaggage('user', 'u');
    functions.session.removeBaggage('user');
    expect(functions.session.getBaggageValue('user')).toBeUndefined();
    session.end('Success');
    expect(session.state).toBe('Success');
  });

  it('the rest does nothing, and throws nothing', async () => {
    expect(functions.withContext(ROOT_CONTEXT, () => 5)).toBe(5);
    expect(functions.bindContext((a: number) => a + 1)(4)).toBe(5);
    expect(functions.getCurrentContext()).toBe(context.active());
    functions.startSpan('work').end();
    expect(await functions.flush()).toEqual({ delivered: 0, pending: 0, dropped: {} });
    expect(await functions.shutdown()).toEqual({ delivered: 0, pending: 0, dropped: {} });
  });
});

describe('after init', () => {
  it('all go to the client', () => {
    const { client, ended } = init();
    expect(functions.startedClient()).toBe(client);
    for (const [, withKind] of KINDS) withKind('work', () => {});
    expect(ended.map(({ name }) => name)).toEqual(['work', 'work.agent', 'work.tool', 'work.task', 'work.workflow']);
    const session = functions.startSession({ name: 'visit' });
    expect(functions.getSession()).toBe(session);
    functions.session.addBaggage('tenant', 'acme');
    expect(functions.injectContext({})).toEqual({ baggage: `session.id=${session.id},tenant=acme` });
  });

  it('a client that is shut down is not used any more', async () => {
    const { client, ended } = init();
    await client.shutdown();
    expect(functions.startedClient()).toBeUndefined();
    functions.withSpan('late', () => {});
    expect(ended).toEqual([]);
  });

  it('an old client that is shut down leaves the new one', async () => {
    const { client: old } = init();
    const { client } = init();
    await old.shutdown();
    expect(functions.startedClient()).toBe(client);
  });
});

describe('observe', () => {
  it('is inert before init and traces after it', async () => {
    const observed = functions.observe(
      function add(this: unknown, a: number, b: number) {
        return a + b;
      },
      { kind: 'tool' },
    );
    expect(observed.name).toBe('add');
    expect(observed(1, 2)).toBe(3);
    const { ended } = init();
    expect(observed(1, 2)).toBe(3);
    expect(ended.map(({ name }) => name)).toEqual(['add.tool']);
    await functions.shutdown();
    await stop();
    expect(observed(1, 2)).toBe(3);
    expect(ended.length).toBe(1);
    const { ended: endedAgain } = init();
    expect(observed(1, 2)).toBe(3);
    expect(endedAgain.map(({ name }) => name)).toEqual(['add.tool']);
  });

  it('keeps this', () => {
    init();
    const target = {
      value: 5,
      get: functions.observe(function (this: { value: number }) {
        return this.value;
      } as () => number),
    };
    expect(target.get()).toBe(5);
  });
});
