import { afterEach, describe, expect, it } from '#runner';
import { serverChecks } from '@agentops/shared/config/server-checks';
import type { SamplingOptions, SpanMatch } from '@agentops/shared/telemetry/sampling-options';
import { createFullSampling } from '@agentops/shared/telemetry/sampling-full';
import { SpanKind, trace } from '@opentelemetry/api';
import { start, stop } from '../support.js';

afterEach(stop);

function startService(sampling: SamplingOptions) {
  return start(
    { serviceName: 'planner', telemetry: { sampling } },
    { sessionPerRequest: true, serverChecks, createSampling: createFullSampling },
  );
}

/** Whether the rule is about a span that starts with all there can be to match. */
function matches(match: SpanMatch): boolean {
  const { client } = startService({ rate: 0, rules: [{ ...match, rate: 1 }] });
  const arrived = client.extractContext({ baggage: 'session.id=visit-7,agent.id=researcher-2,tenant=acme' });
  return client.withContext(arrived, () => {
    const span = trace.getTracer('app').startSpan('GET /api/orders (v1)', {
      kind: SpanKind.SERVER,
      attributes: { 'url.path': '/api/orders/17', 'http.response.status_code': 503, retry: true, roles: ['a', 'b'] },
    });
    return span.isRecording();
  });
}

describe('a rule', () => {
  it.each<[SpanMatch, boolean]>([
    [{}, true],
    [{ name: 'GET /api/orders (v1)' }, true],
    [{ name: 'GET /api/*' }, true],
    [{ name: '*orders*v?)' }, false],
    [{ name: 'GET /api' }, false],
    [{ name: 'get /api/*' }, false],
    [{ kind: 'server' }, true],
    [{ kind: 'client' }, false],
    [{ service: 'plan*' }, true],
    [{ service: 'tools' }, false],
    [{ agent: 'researcher-*' }, true],
    [{ agent: 'planner' }, false],
    [{ session: 'visit-7' }, true],
    [{ session: 'visit' }, false],
    [{ route: '/api/*' }, true],
    [{ route: '/api' }, false],
    [{ attributes: { 'http.response.status_code': 503 } }, true],
    [{ attributes: { 'http.response.status_code': '5*' } }, true],
    [{ attributes: { 'http.response.status_code': { min: 503 } } }, true],
    [{ attributes: { 'http.response.status_code': { min: 504 } } }, false],
    [{ attributes: { 'url.path': { min: 0 } } }, false],
    [{ attributes: { retry: true } }, true],
    [{ attributes: { retry: false } }, false],
    [{ attributes: { roles: 'b' } }, true],
    [{ attributes: { absent: '*' } }, false],
    [{ attributes: { tenant: 'acme' } }, true],
    [{ kind: 'server', name: 'GET*', route: '/api/*', agent: '*' }, true],
    [{ kind: 'server', name: 'GET*', route: '/api/*', agent: 'other' }, false],
  ])('%j: %s', (match, expected) => {
    expect(matches(match)).toBe(expected);
  });

  it('takes the route before the path', () => {
    const { client } = startService({ rate: 0, rules: [{ route: '/orders/:id', rate: 1 }] });
    const attributes = { 'http.route': '/orders/:id', 'url.path': '/orders/17' };
    expect(client.withSpan('span', { attributes }, span => span.isRecording())).toBe(true);
  });
});

describe('rules', () => {
  it('are asked in their order, and the rate is for what none is about', () => {
    const { client } = startService({
      rate: 0,
      rules: [
        { name: 'health*', rate: 0 },
        { name: 'h*', rate: 1 },
      ],
    });
    const isKept = (name: string) => client.withSpan(name, span => span.isRecording());
    expect(['healthz', 'hello', 'other'].map(isKept)).toEqual([false, true, false]);
  });

  it('are about the span that starts a trace: all below it follows', () => {
    const { client, ended } = startService({ rate: 0, rules: [{ name: 'kept*', rate: 1 }] });
    client.withSpan('kept', () => client.withSpan('child', () => {}));
    client.withSpan('other', () => client.withSpan('kept too', () => {}));
    expect(ended.map(({ name }) => name)).toEqual(['child', 'kept']);
  });

  it('keep shares of sessions, as the rate does', () => {
    const { client } = startService({ rate: 0.1, rules: [{ name: 'often', rate: 0.6 }] });
    for (let n = 0; n < 1_000; n++) {
      client.startSession({ id: `session-${n}` }).run(() => {
        const names = ['often', 'other', 'often', 'other'];
        const [often, other, again, more] = names.map(name =>
          trace.getTracer('app').startSpan(name, { root: true }).isRecording(),
        );
        expect([again, more]).toEqual([often, other]);
        if (other) expect(often).toBe(true);
      });
    }
  });
});
