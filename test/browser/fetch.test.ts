import { beforeAll, describe, expect, it } from '#runner';
import { init, injectContext, withSpan } from '@agentops/web/manual';
import { createBackend, isFor, parseParent, type Recorded } from '../support/browser-collector.js';

const collector = createBackend('collector');

beforeAll(() => {
  init({
    endpoint: collector.path(''),
    propagateTo: ['*/backend/id/*/named/*', /\/status\/2\d\d$/],
    telemetry: { batch: { delayMs: 20 } },
  });
});

/** What the backend got of one request. */
async function sent(send: (url: string) => Promise<unknown>, route = 'echo'): Promise<Recorded> {
  const backend = createBackend();
  await send(backend.path(route));
  const [request] = await backend.requests(1);
  if (!request) throw new Error('no request');
  return request;
}

describe('the span of a fetch', () => {
  it('says what was asked and answered, without the query', async () => {
    const backend = createBackend();
    const response = await fetch(backend.path('echo?token=secret#part'), { method: 'post', body: 'x' });
    await response.text();
    const span = await collector.span(isFor(backend.path('echo')));
    expect(span.name).toBe('POST');
    expect(span.kind).toBe(3);
    expect(span.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'server.address': location.hostname,
      'server.port': Number(location.port),
    });
    expect(JSON.stringify(span)).not.toContain('secret');
    expect(span.status.code ?? 0).toBe(0);
    expect(span.endMs >= span.startMs).toBe(true);
  });

  it('is the parent in the headers, and a child of the span around it', async () => {
    const backend = createBackend();
    await withSpan('outer', async () => {
      await fetch(backend.path('echo'));
    });
    const [request] = await backend.requests(1);
    const span = await collector.span(isFor(backend.path('echo')));
    expect(parseParent(request?.headers['traceparent'])).toEqual({ traceId: span.traceId, spanId: span.spanId });
    const outer = await collector.span(({ spanId }) => spanId === span.parentSpanId);
    expect(outer.name).toBe('outer');
    expect(request?.headers['baggage']).toBe(`session.id=${String(span.attributes['session.id'])}`);
  });

  it.each([
    ['a URL object', (url: string) => fetch(new URL(url, location.href))],
    ['a relative URL', (url: string) => fetch(`..${url}`.replace('..', `${'../'.repeat(8)}.`))],
    ['a Request', (url: string) => fetch(new Request(url))],
    ['a Request and init', (url: string) => fetch(new Request(url), { headers: { 'x-own': '1' } })],
    ['null as init', (url: string) => fetch(url, null as never)],
    ['a fragment', (url: string) => fetch(`${url}#fragment`)],
    ['HEAD', (url: string) => fetch(url, { method: 'HEAD' })],
    ['keepalive', (url: string) => fetch(url, { method: 'POST', body: 'x', keepalive: true })],
  ])('is there for %s, and its headers too', async (_title, send) => {
    const backend = createBackend();
    const response = await send(backend.path('echo'));
    await response.text();
    const [request] = await backend.requests(1);
    const span = await collector.span(isFor(backend.path('echo')));
    expect(parseParent(request?.headers['traceparent']).spanId).toBe(span.spanId);
  });

  it('ends though nobody reads the body', async () => {
    const backend = createBackend();
    await fetch(backend.path('echo'));
    const span = await collector.span(isFor(backend.path('echo')));
    expect(span.attributes['http.response.status_code']).toBe(200);
  });

  it('ends for each of 100 short requests, one after the other', async () => {
    const backend = createBackend();
    for (let count = 0; count < 100; count++) await (await fetch(backend.path('echo'))).text();
    const spans = await collector.spans(isFor(backend.path('echo')), 100);
    expect(Math.max(...spans.map(({ startMs, endMs }) => endMs - startMs)) < 900).toBe(true);
  });

  it('is there once for each of 20 concurrent requests to one URL, and ends when its own is over', async () => {
    const backend = createBackend();
    const url = backend.path('chunks');
    const started = Date.now();
    const counts = Array.from({ length: 20 }, (_, index) => (index % 2 ? 3 : 20));
    const overMs = await Promise.all(
      counts.map(async count => {
        const response = await fetch(`${url}?count=${count}&interval=20`);
        await response.text();
        return Date.now();
      }),
    );
    const spans = await collector.spans(isFor(url), 20);
    expect(spans.length).toBe(20);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(20);
    const last = Math.max(...overMs);
    for (const { startMs, endMs } of spans) {
      expect(startMs >= started - 50).toBe(true);
      expect(endMs >= startMs + 50 && endMs <= last + 50).toBe(true);
    }
    expect(Math.max(...spans.map(({ endMs, startMs }) => endMs - startMs)) >= 350).toBe(true);
  });
});

describe('destinations of a fetch', () => {
  it('get nothing on another origin', async () => {
    const backend = createBackend();
    await fetch(backend.crossPath('echo'));
    const [request, second] = await backend.requests(1);
    // Neither a preflight.
    expect([request?.method, second]).toEqual(['GET', undefined]);
    expect([request?.headers['traceparent'], request?.headers['baggage']]).toEqual([undefined, undefined]);
    const span = await collector.span(isFor(backend.crossPath('echo')));
    expect(span.attributes['server.port']).toBe(Number(new URL(backend.crossPath('')).port));
  });

  it('get headers on another origin that propagateTo names', async () => {
    const backend = createBackend();
    await fetch(backend.crossPath('status/201'));
    const requests = await backend.requests(2);
    const span = await collector.span(isFor(backend.crossPath('status/201')));
    const request = requests.find(({ method }) => method === 'GET');
    expect(parseParent(request?.headers['traceparent']).spanId).toBe(span.spanId);
    expect(request?.headers['baggage']).toContain('session.id=');
  });

  it('get nothing for a pattern that only the query matches', async () => {
    const backend = createBackend();
    await fetch(backend.crossPath('echo?x=/status/200'));
    await fetch(backend.crossPath('echo?/backend/id/x/named/y'));
    const requests = await backend.requests(2);
    expect(requests.map(({ method, headers }) => [method, headers['traceparent']])).toEqual([
      ['GET', undefined],
      ['GET', undefined],
    ]);
  });

  it('get a no-cors request as it is', async () => {
    const backend = createBackend();
    const response = await fetch(backend.crossPath('status/200?cors=none'), { mode: 'no-cors' });
    expect([response.type, response.status]).toEqual(['opaque', 0]);
    const [request] = await backend.requests(1);
    expect(request?.headers['traceparent']).toBe(undefined);
    const span = await collector.span(isFor(backend.crossPath('status/200')));
    expect(span.attributes['http.response.status_code']).toBe(undefined);
    expect(span.status.code ?? 0).toBe(0);
  });

  it('are left alone when they are data: or blob: URLs', async () => {
    const blob = URL.createObjectURL(new Blob(['from a blob']));
    expect(await (await fetch('data:text/plain,from%20data')).text()).toBe('from data');
    expect(await (await fetch(blob)).text()).toBe('from a blob');
    withSpan('after blob', () => {});
    await collector.span('after blob');
    const others = await collector.spans(
      ({ attributes }) => /^(?:data|blob|null)/.test(String(attributes['url.full'])),
      0,
    );
    expect(others).toEqual([]);
  });
});

describe('headers the app has set', () => {
  it('stay, whether in init, in a Request, or in a Headers object that is not changed', async () => {
    const headers = new Headers({ 'x-own': 'kept', baggage: 'app=1' });
    const request = await sent(url => fetch(url, { headers }));
    expect(request.headers['x-own']).toBe('kept');
    expect(request.headers['baggage']).toMatch(/^session\.id=[^,]+,app=1$/);
    expect([...headers].map(([name]) => name)).toEqual(['baggage', 'x-own']);
    const init = { headers: { 'X-Own': 'plain' } };
    expect((await sent(url => fetch(url, init))).headers['x-own']).toBe('plain');
    expect(init).toEqual({ headers: { 'X-Own': 'plain' } });
    const own = await sent(url => fetch(new Request(url, { headers: { 'x-own': 'in request' } })));
    expect(own.headers['x-own']).toBe('in request');
  });

  it('of init replace those of a Request, as the platform has it', async () => {
    const request = await sent(url =>
      fetch(new Request(url, { headers: { 'x-own': '1', 'x-gone': '1' } }), { headers: { 'x-own': '2' } }),
    );
    expect([request.headers['x-own'], request.headers['x-gone']]).toEqual(['2', undefined]);
    expect(request.headers['traceparent']).toBeTruthy();
  });

  it('of a Request are not changed in the app’s own object', async () => {
    const backend = createBackend();
    const request = new Request(backend.path('echo'), { headers: { 'x-own': '1' } });
    await fetch(request);
    await fetch(request);
    expect([...request.headers].map(([name]) => name)).toEqual(['x-own']);
    const [first, second] = await backend.requests(2);
    expect(first?.headers['traceparent']).not.toBe(second?.headers['traceparent']);
  });

  it('make one traceparent together with injectContext', async () => {
    const backend = createBackend();
    await withSpan('by hand', () => fetch(backend.path('echo'), { headers: injectContext({}) }));
    const [request] = await backend.requests(1);
    const span = await collector.span(isFor(backend.path('echo')));
    expect(parseParent(request?.headers['traceparent'])).toEqual({ traceId: span.traceId, spanId: span.spanId });
    expect(request?.headers['traceparent']?.length).toBe(55);
    expect(request?.headers['baggage']).toBe(`session.id=${String(span.attributes['session.id'])}`);
  });

  it('stay when they name another trace', async () => {
    const traceparent = '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01';
    const request = await sent(url => fetch(url, { headers: { traceparent } }));
    expect(request.headers['traceparent']).toBe(traceparent);
    expect(request.headers['baggage']).toBe(undefined);
  });
});
