import { afterEach, describe, it, expect } from '#runner';
import { trace, type Attributes } from '@opentelemetry/api';
import { start, stop } from '../support.js';

afterEach(stop);

function startStamping(allowed = ['tenant']) {
  const { client, ended } = start({ telemetry: { context: { baggageAttributes: allowed } } });
  return {
    client,
    /** A span of the plain OpenTelemetry API, and what is on it when it has ended. */
    trace(attributes: Attributes = {}, during: () => void = () => {}): Attributes {
      const span = trace.getTracer('of somebody else').startSpan('plain', { attributes });
      during();
      span.end();
      return ended.at(-1)?.attributes ?? {};
    },
  };
}

describe('a span of the plain OpenTelemetry API', () => {
  it('carries the session', () => {
    const { client, trace } = startStamping();
    expect(trace()).toEqual({ 'session.id': client.getSession()?.id });
  });

  it('carries the agent it is below', () => {
    const { client, trace } = startStamping();
    const below = client.withAgent('planner', { id: 'agent-7' }, () => trace());
    expect(below).toMatchObject({ 'agent.id': 'agent-7' });
    expect(trace()).not.toHaveProperty('agent.id');
  });

  it('carries baggage on the allow-list and no other', () => {
    const { client, trace } = startStamping();
    client.session.addBaggage('tenant', 'acme');
    client.session.addBaggage('card', '4111');
    const attributes = trace();
    expect(attributes).toMatchObject({ tenant: 'acme' });
    expect(attributes).not.toHaveProperty('card');
  });

  it('carries baggage that arrived, on the allow-list', () => {
    const { client, trace } = startStamping();
    const arrived = client.extractContext({ baggage: 'tenant=acme,card=4111,session.id=s-1,agent.id=a-1' });
    expect(client.withContext(arrived, () => trace())).toEqual({
      'session.id': 's-1',
      'agent.id': 'a-1',
      tenant: 'acme',
    });
  });

  it('gets at its end what was added while it was open', () => {
    const { client, trace } = startStamping();
    const attributes = trace({}, () => {
      client.session.addBaggage('tenant', 'acme');
      client.session.addBaggage('card', '4111');
    });
    expect(attributes).toMatchObject({ tenant: 'acme' });
    expect(attributes).not.toHaveProperty('card');
  });

  it('gets at its end what was changed while it was open', () => {
    const { client, trace } = startStamping();
    client.session.addBaggage('tenant', 'before');
    expect(trace({}, () => client.session.addBaggage('tenant', 'after'))).toMatchObject({ tenant: 'after' });
  });

  it('gets at its end the session that a request has started', () => {
    const { client, trace } = startStamping();
    client.withContext(client.extractContext({}), () => {
      let id: string | undefined;
      const attributes = trace({}, () => {
        id = client.startSession().id;
      });
      expect(attributes).toEqual({ 'session.id': id });
    });
  });

  it.each([
    [1_024, true],
    [1_025, false],
  ])('carries a value of %d characters: %s', (length, carried) => {
    const { client, trace } = startStamping();
    client.session.addBaggage('tenant', 'x'.repeat(length));
    expect('tenant' in trace()).toBe(carried);
  });

  it('keeps what the app has set itself under the same name', () => {
    const { client, trace } = startStamping();
    client.session.addBaggage('tenant', 'of baggage');
    expect(trace({ tenant: 'of the app', 'session.id': 'mine' })).toEqual({
      tenant: 'of the app',
      'session.id': 'mine',
    });
    const attributes = trace({ tenant: 'of the app' }, () => client.session.addBaggage('tenant', 'later'));
    expect(attributes).toMatchObject({ tenant: 'of the app' });
  });

  it('keeps what the app sets while it is open', () => {
    const { client, ended } = start({ telemetry: { context: { baggageAttributes: ['tenant'] } } });
    client.session.addBaggage('tenant', 'of baggage');
    const span = trace.getTracer('of somebody else').startSpan('plain');
    span.setAttribute('tenant', 'of the app');
    client.session.addBaggage('tenant', 'later');
    span.end();
    expect(ended.at(-1)?.attributes).toMatchObject({ tenant: 'of the app' });
  });
});

describe('tags', () => {
  it('of the session that starts by itself are on the first span of a trace, and on no other', () => {
    const { client, ended } = start({ tags: ['beta'] });
    client.withSpan('outer', () => client.withSpan('inner', () => {}));
    expect(ended.map(({ attributes }) => attributes['agentops.tags'])).toEqual([undefined, ['beta']]);
  });

  it('are on a span whose parent is remote', () => {
    const { client, ended } = start({ tags: ['beta'] });
    const arrived = client.extractContext({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
    client.withContext(arrived, () => client.withSpan('work', () => {}));
    expect(ended[0]?.attributes['agentops.tags']).toEqual(['beta']);
  });
});
