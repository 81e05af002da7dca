import { afterEach, describe, it, expect } from '#runner';
import type { AgentOps, SessionStore } from '@agentops/shared';
import type { InitOptions } from '@agentops/shared/config/config';
import { createMemoryStore } from '@agentops/shared/session/store';
import { trace } from '@opentelemetry/api';
import { start, stop, TRACE_ID, TRACEPARENT } from '../support.js';

afterEach(stop);

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

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

describe('a session', () => {
  it('starts by itself, once', () => {
    const client = page({ tags: ['t'] });
    const session = client.getSession();
    expect(session?.id).toMatch(UUID);
    expect(session).toMatchObject({ name: 'default', tags: ['t'], joined: false, state: undefined });
    expect(client.getSession()).toBe(session);
  });

  it.each([[true], [false]])(
    'does not start by itself with autoStartSession false, sessionPerRequest %s',
    perRequest => {
      const { client } = start({ autoStartSession: false }, { sessionPerRequest: perRequest });
      expect(client.getSession()).toBeUndefined();
      request(client)(() => {
        expect(client.getSession()).toBeUndefined();
        client.session.addBaggage('tenant', 'acme');
        expect(sent(client)).toEqual({ tenant: 'acme' });
      });
      expect(client.session.getBaggageValue('tenant')).toBeUndefined();
      expect(client.injectContext({})).toEqual({});
    },
  );

  it('is one for each request on a server, the same throughout it', () => {
    const { client } = server({ tags: ['t'] });
    const [first, second] = [request(client), request(client)].map(within => {
      const session = within(() => client.getSession());
      expect(within(() => client.getSession())).toBe(session);
      expect(session?.tags).toEqual(['t']);
      return session?.id;
    });
    expect(first).toMatch(UUID);
    expect(second).not.toBe(first);
  });

  it('is the one of the page in what a page extracts', () => {
    const client = page();
    const session = client.getSession();
    expect(request(client)(() => client.getSession())).toBe(session);
  });

  it('is joined where one arrives', () => {
    const { client, started } = server();
    request(client, { traceparent: TRACEPARENT, baggage: 'session.id=s-1,tenant=acme' })(() => {
      const session = client.getSession();
      expect(session).toMatchObject({ id: 's-1', joined: true });
      expect(session?.getBaggageValue('tenant')).toBe('acme');
      session?.addBaggage('user', 'u');
      expect(sent(client)).toEqual({ 'session.id': 's-1', tenant: 'acme', user: 'u' });
    });
    expect(started).toEqual([]);
  });

  it.each(['a b', 'x'.repeat(129), '%3Cscript%3E', ''])('is not joined by the id %j', id => {
    const { client } = server();
    request(client, { baggage: `session.id=${id}` })(() => {
      expect(client.getSession()?.id).toMatch(UUID);
      expect(client.getSession()?.joined).toBe(false);
    });
  });

  it('that is started in a request is that request’s', () => {
    const { client } = server();
    const [one, other] = [request(client), request(client)];
    const session = one(() => client.startSession({ id: 's-9' }));
    expect(one(() => client.getSession())).toBe(session);
    expect(one(() => sent(client))).toMatchObject({ 'session.id': 's-9' });
    expect(other(() => client.getSession())?.id).not.toBe('s-9');
    expect(client.getSession()?.id).not.toBe('s-9');
  });

  it('gets an id of its own when the one asked for is none', () => {
    expect(page().startSession({ id: 'a b' }).id).toMatch(UUID);
  });

  it('is over when it ends, and none starts by itself after it', () => {
    const client = page();
    const session = client.startSession();
    session.end();
    expect(session.state).toBe('Indeterminate');
    expect(client.getSession()).toBeUndefined();
    expect(client.injectContext({})).toEqual({});
    const next = client.startSession();
    expect(client.getSession()).toBe(next);
  });

  it('ends once', () => {
    const { client, ended } = server();
    const session = client.startSession();
    session.end('Fail', 'broken');
    session.end('Success');
    expect(session.state).toBe('Fail');
    expect(ended.length).toBe(1);
    expect(ended[0]?.status).toEqual({ code: 2, message: 'broken' });
  });

  it('that ends late does not end the one after it', () => {
    const client = page();
    const [first, second] = [client.startSession(), client.startSession()];
    first.end();
    expect(client.getSession()).toBe(second);
  });
});

describe('a session that is kept in a store', () => {
  const known = (ageMs: number) => ({
    id: 'stored',
    startedAtMs: Date.now() - ageMs,
    lastActiveAtMs: Date.now() - ageMs,
  });
  const limits = { session: { idleTimeoutMs: 60_000, maxDurationMs: 600_000 } };

  it('goes on', () => {
    const store = createMemoryStore();
    store.write(known(30_000));
    expect(page(limits, store).getSession()?.id).toBe('stored');
    expect(store.read()?.lastActiveAtMs).toBeGreaterThan(Date.now() - 20_000);
  });

  it('is followed when it has expired, with name, tags and baggage kept', () => {
    const store = createMemoryStore();
    const client = page(limits, store);
    const session = client.startSession({ name: 'visit', tags: ['t'] });
    client.session.addBaggage('tenant', 'acme');
    store.write({ ...known(60_001), id: session.id });
    const next = client.getSession();
    expect(next?.id).toMatch(UUID);
    expect(next?.id).not.toBe(session.id);
    expect(next).toMatchObject({ name: 'visit', tags: ['t'] });
    expect(sent(client)).toEqual({ 'session.id': next?.id, tenant: 'acme' });
    expect(store.read()).toMatchObject({ id: next?.id, previousId: session.id });
  });

  it('is that of another tab when that tab has put one there', () => {
    const store = createMemoryStore();
    const client = page(limits, store);
    client.getSession();
    store.write(known(0));
    expect(client.getSession()?.id).toBe('stored');
    expect(sent(client)).toEqual({ 'session.id': 'stored' });
  });

  it('is not written anew for every look within a second', () => {
    let writes = 0;
    const memory = createMemoryStore();
    const store = { read: memory.read, write: (record: never) => (writes++, memory.write(record)) };
    const client = page(limits, store);
    for (let look = 0; look < 10; look++) client.getSession();
    expect(writes).toBe(1);
  });

  it('is forgotten when it ends', () => {
    const store = createMemoryStore();
    page(limits, store).startSession().end();
    expect(store.read()).toBeUndefined();
  });
});

describe('injectContext and extractContext of a session', () => {
  it('apply the session outside its run', () => {
    const client = page();
    const [session, other] = [client.startSession(), client.startSession()];
    session.addBaggage('tenant', 'acme');
    expect(propagationOf(session.injectContext({}))).toEqual({ 'session.id': session.id, tenant: 'acme' });
    expect(client.getSession()).toBe(other);
  });

  it('send the root span outside its run, and the active span of its trace inside one', () => {
    const { client, ended } = server();
    const session = client.startSession();
    const outside = session.injectContext<Record<string, string>>({})['traceparent'] ?? '';
    const inside = client.withSpan('step', span => {
      expect(session.injectContext<Record<string, string>>({})['traceparent']).toContain(span.spanContext().spanId);
      return session.injectContext<Record<string, string>>({})['traceparent'] ?? '';
    });
    session.end();
    expect(outside).toContain(ended.at(-1)?.spanContext().spanId);
    expect(inside.slice(0, 35)).toBe(outside.slice(0, 35));
  });

  it('enter what arrives into the session, baggage included', () => {
    const client = page();
    const session = client.startSession();
    session.addBaggage('own', '1');
    const ctx = session.extractContext({ traceparent: TRACEPARENT, baggage: 'session.id=other,tenant=acme' });
    expect(trace.getSpanContext(ctx)?.traceId).toBe(TRACE_ID);
    client.withContext(ctx, () => {
      expect(client.getSession()).toBe(session);
      expect(session.getBaggageValue('tenant')).toBe('acme');
      expect(sent(client)).toEqual({ 'session.id': session.id, tenant: 'acme', own: '1' });
      session.addBaggage('tenant', 'changed');
    });
    expect(session.getBaggageValue('tenant')).toBeUndefined();
  });
});
