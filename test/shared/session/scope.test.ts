import { afterEach, describe, it, expect } from '#runner';
import type { AgentOps, SessionStore } from '@agentops/shared';
import type { InitOptions } from '@agentops/shared/config/config';
import { createMemoryStore } from '@agentops/shared/session/store';
import { propagation } from '@opentelemetry/api';
import { start, stop, TRACEPARENT } from '../support.js';

afterEach(stop);

const page = (options: InitOptions = {}, store: SessionStore = createMemoryStore()) => start(options, { store }).client;
const server = (options: InitOptions = {}) => start(options, { sessionPerRequest: true });

/** A request, entered as often as it goes on. */
function request(client: AgentOps, headers: object = {}): <T>(fn: () => T) => T {
  const ctx = client.extractContext(headers);
  return fn => client.withContext(ctx, fn);
}

const sent = (client: AgentOps) => propagationOf(client.injectContext({}));
const propagationOf = (headers: Record<string, string>) =>
  Object.fromEntries((headers['baggage'] ?? '').split(',').map(member => member.split('=')));

describe('baggage in a request', () => {
  it('is seen in that request alone, however requests are interleaved', () => {
    const { client } = server();
    const requests = ['a', 'b', 'c'].map(name => ({ name, within: request(client) }));
    for (const { name, within } of requests) within(() => client.session.addBaggage('tenant', name));
    for (const { name, within } of requests) within(() => client.session.addBaggage('user', `of ${name}`));
    for (const { name, within } of requests) {
      within(() => {
        expect(client.session.getBaggageValue('tenant')).toBe(name);
        expect(sent(client)).toMatchObject({ tenant: name, user: `of%20${name}` });
      });
    }
    expect(client.session.getBaggageValue('tenant')).toBeUndefined();
  });

  it('is sent by instrumentation of others', () => {
    const { client } = server();
    request(client)(() => {
      client.session.addBaggage('tenant', 'acme');
      const carrier: Record<string, string> = {};
      propagation.inject(client.getCurrentContext(), carrier);
      expect(propagationOf(carrier)).toMatchObject({ tenant: 'acme', 'session.id': client.getSession()?.id });
    });
  });

  it('lies over what arrived', () => {
    const { client } = server();
    request(client, { baggage: 'tenant=acme,plan=free' })(() => {
      client.session.addBaggage('tenant', 'other');
      client.session.removeBaggage('plan');
      expect(client.session.getBaggageValue('tenant')).toBe('other');
      expect(client.session.getBaggageValue('plan')).toBeUndefined();
      expect(sent(client)).toEqual({ tenant: 'other', 'session.id': client.getSession()?.id });
    });
  });

  it('stays when the request is extracted a second time, or something else that names no session', () => {
    const { client } = server();
    const headers = { traceparent: TRACEPARENT, baggage: 'session.id=s-1' };
    request(
      client,
      headers,
    )(() => {
      client.session.addBaggage('tenant', 'acme');
      for (const again of [headers, { baggage: 'x=1' }, {}])
        request(
          client,
          again,
        )(() => {
          expect(client.getSession()?.id).toBe('s-1');
          expect(client.session.getBaggageValue('tenant')).toBe('acme');
        });
    });
  });

  it('does not leak into a message of another session that is taken inside it', () => {
    const { client } = server();
    request(client, { baggage: 'session.id=s-1' })(() => {
      client.session.addBaggage('tenant', 'acme');
      request(client, { baggage: 'session.id=s-2' })(() => {
        expect(client.getSession()?.id).toBe('s-2');
        expect(client.session.getBaggageValue('tenant')).toBeUndefined();
      });
    });
  });

  it('takes metadata along', () => {
    const { client } = server();
    request(client)(() => {
      client.session.addBaggage('tenant', 'acme', 'ttl=5');
      expect(client.injectContext()['baggage']).toContain('tenant=acme;ttl=5');
    });
  });

  it('cannot pass for the session', () => {
    const { client } = server();
    request(client)(() => {
      client.session.addBaggage('session.id', 'forged');
      expect(sent(client)['session.id']).toBe(client.getSession()?.id);
      expect(client.session.getBaggageValue('session.id')).toBe(client.getSession()?.id);
    });
  });
});

describe('baggage outside any request', () => {
  it('belongs to the whole session', () => {
    const client = page();
    client.session.addBaggage('tenant', 'acme');
    expect(sent(client)).toEqual({ 'session.id': client.getSession()?.id, tenant: 'acme' });
    client.session.removeBaggage('tenant');
    expect(client.session.getBaggageValue('tenant')).toBeUndefined();
  });

  it('is seen inside a run, not the other way round', () => {
    const client = page();
    const session = client.startSession();
    session.addBaggage('outer', '1');
    session.run(() => {
      expect(session.getBaggageValue('outer')).toBe('1');
      session.addBaggage('inner', '2');
      client.session.addBaggage('outer', '3');
      expect(sent(client)).toMatchObject({ outer: '3', inner: '2' });
    });
    expect(session.getBaggageValue('inner')).toBeUndefined();
    expect(session.getBaggageValue('outer')).toBe('1');
  });
});

describe('session.run', () => {
  it('gives a scope to every call, nested ones within the outer', () => {
    const client = page();
    const session = client.startSession();
    session.run(() => {
      session.addBaggage('level', '1');
      session.addBaggage('outer', 'x');
      session.run(() => {
        session.addBaggage('level', '2');
        expect([session.getBaggageValue('level'), session.getBaggageValue('outer')]).toEqual(['2', 'x']);
        session.removeBaggage('outer');
        expect(session.getBaggageValue('outer')).toBeUndefined();
        expect(sent(client)).not.toHaveProperty('outer');
      });
      expect([session.getBaggageValue('level'), session.getBaggageValue('outer')]).toEqual(['1', 'x']);
    });
    expect(session.getBaggageValue('level')).toBeUndefined();
  });

  it('of another session has the baggage of that one over the outer', () => {
    const client = page();
    const [first, second] = [client.startSession({ name: 'first' }), client.startSession({ name: 'second' })];
    first.addBaggage('of', 'first');
    second.addBaggage('of', 'second');
    first.run(() => {
      expect(client.getSession()).toBe(first);
      second.run(() => {
        expect(client.getSession()).toBe(second);
        expect(client.session.getBaggageValue('of')).toBe('second');
        expect(sent(client)).toMatchObject({ of: 'second', 'session.id': second.id });
      });
      expect(client.session.getBaggageValue('of')).toBe('first');
    });
  });

  it('returns and throws what the function does', () => {
    const session = page().startSession();
    const error = new Error('app');
    expect(session.run(() => 5)).toBe(5);
    expect(() =>
      session.run(() => {
        throw error;
      }),
    ).toThrow(error);
  });

  it('makes the root span active, and its spans children of it', () => {
    const { client, ended } = server();
    const session = client.startSession({ name: 'plan', user: 'u-1', tags: ['a'], attributes: { x: 1 } });
    session.run(() => client.withSpan('inner', () => {}));
    client.withSpan('outside run', () => {});
    session.end('Success', 'done');
    const [inner, outside, root] = ended;
    expect(root?.name).toBe('plan.session');
    expect(root?.attributes).toEqual({
      'session.id': session.id,
      'agentops.span.kind': 'session',
      'agentops.session.end_state': 'Success',
      'agentops.session.end_state_reason': 'done',
      'agentops.tags': ['a'],
      'user.id': 'u-1',
      x: 1,
    });
    expect([inner, outside].map(span => span?.parentSpanContext?.spanId)).toEqual(
      Array(2).fill(root?.spanContext().spanId),
    );
  });
});
