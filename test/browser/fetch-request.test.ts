import { beforeAll, describe, expect, it } from '#runner';
import { init } from '@agentops/web/manual';
import { createBackend, plainFetch, type Recorded } from '../support/browser-collector.js';

const isFirefox = navigator.userAgent.includes('Firefox');

beforeAll(() => {
  init();
});

/** What the backend got of one request. */
async function sent(send: (url: string) => Promise<unknown>, route = 'echo'): Promise<Recorded> {
  const backend = createBackend();
  await send(backend.path(route));
  const [request] = await backend.requests(1);
  if (!request) throw new Error('no request');
  return request;
}

describe('what a fetch sends', () => {
  const form = () => {
    const data = new FormData();
    data.set('name', 'value');
    return data;
  };

  it.each([
    ['text', () => 'text', 'text/plain;charset=UTF-8', /^text$/],
    ['URLSearchParams', () => new URLSearchParams('a=1'), 'application/x-www-form-urlencoded;charset=UTF-8', /^a=1$/],
    ['a Blob', () => new Blob(['blob'], { type: 'text/x-blob' }), 'text/x-blob', /^blob$/],
    ['bytes', () => new TextEncoder().encode('bytes'), undefined, /^bytes$/],
    ['FormData', form, /^multipart\/form-data; boundary=/, /name="name"\r\n\r\nvalue/],
  ])('is the body it was given: %s', async (_title, body, type, content) => {
    for (const send of [
      (url: string) => fetch(url, { method: 'POST', body: body() as BodyInit }),
      (url: string) => fetch(new Request(url, { method: 'POST', body: body() as BodyInit })),
    ]) {
      const request = await sent(send);
      expect(request.body).toMatch(content);
      if (type instanceof RegExp) expect(request.headers['content-type']).toMatch(type);
      else expect(request.headers['content-type']).toBe(type);
      expect(request.headers['content-length']).toBe(String(request.body.length));
      expect(request.headers['traceparent']).toBeTruthy();
    }
  });

  it('comes from an init that is a Request itself, or inherits its members', async () => {
    const asInit = await sent(url => fetch(url, new Request(url, { method: 'PUT', headers: { 'x-own': '1' } })));
    expect([asInit.method, asInit.headers['x-own']]).toEqual(['PUT', '1']);
    expect(asInit.headers['traceparent']).toBeTruthy();
    const inherited = await sent(url => fetch(url, Object.create({ method: 'PUT', body: 'inherited' })));
    expect([inherited.method, inherited.body]).toEqual(['PUT', 'inherited']);
  });

  it('keeps the referrer policy and the referrer of a Request', async () => {
    const plain = await sent(url => fetch(new Request(url)));
    expect(plain.headers['referer']).toContain(location.origin);
    const none = await sent(url => fetch(new Request(url, { referrerPolicy: 'no-referrer' })));
    expect(none.headers['referer']).toBe(undefined);
    expect(none.headers['traceparent']).toBeTruthy();
    const other = await sent(url => fetch(new Request(url, { referrer: '/somewhere' })));
    expect(other.headers['referer']).toBe(`${location.origin}/somewhere`);
  });

  it('marks a Request as used, exactly as the platform does', async () => {
    const backend = createBackend();
    const request = new Request(backend.path('echo'), { method: 'POST', body: 'once' });
    await fetch(request);
    expect(request.bodyUsed).toBe(true);
    const [own, native] = await Promise.all([outcome(() => fetch(request)), outcome(() => plainFetch(request))]);
    expect(own).toEqual(native);
    expect(own).toContain('TypeError');
  });

  it('is a stream where the browser can, and the same failure where it cannot', async () => {
    const send = (fetch: typeof plainFetch) => {
      const stream = new Blob(['streamed']).stream();
      return fetch(createBackend().path('echo'), { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
    };
    const [own, native] = [await outcome(() => send(fetch)), await outcome(() => send(plainFetch))];
    expect(own).toBe(native);
    if (isFirefox) expect(own).toBe('200');
  });

  it('carries the credentials it was told to', async () => {
    document.cookie = 'agentops-test=1; path=/';
    const credentials = async (value: RequestCredentials) =>
      (await sent(url => fetch(url, { credentials: value }))).headers['cookie']?.includes('agentops-test=1') ?? false;
    expect([await credentials('same-origin'), await credentials('include'), await credentials('omit')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('a fetch that the platform refuses', () => {
  const throwing = {
    get method(): string {
      throw new RangeError('a getter that throws');
    },
  };

  it.each([
    ['without parameters', (f: typeof fetch) => (f as () => Promise<Response>)()],
    ['of a broken URL', (f: typeof fetch) => f('http://[bad')],
    ['with credentials in its URL', (f: typeof fetch) => f('http://user:secret@localhost/')],
    ['with a broken header', (f: typeof fetch) => f('/backend/echo', { headers: { 'a b': '1' } })],
    ['with a method that is none', (f: typeof fetch) => f('/backend/echo', { method: 'A B' })],
    ['with a method that is forbidden', (f: typeof fetch) => f('/backend/echo', { method: 'TRACE' })],
    ['with a body for GET', (f: typeof fetch) => f('/backend/echo', { body: 'x' })],
    ['with an init that throws', (f: typeof fetch) => f('/backend/echo', throwing)],
    ['with an init that is a number', (f: typeof fetch) => f('/backend/echo', 1 as never)],
    ['with an unknown mode', (f: typeof fetch) => f('/backend/echo', { mode: 'x' as never })],
    ['with a symbol', (f: typeof fetch) => f(Symbol('x') as never)],
  ])('rejects as it does there: %s', async (_title, send) => {
    const own = await outcome(() => send(fetch));
    expect(own).toBe(await outcome(() => send(plainFetch)));
    expect(own).toMatch(/Error/);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['an object', { toString: () => '/backend/echo' }],
  ])('does not refuse what the platform takes: %s', async (_title, input) => {
    expect(await outcome(() => fetch(input as never))).toBe(await outcome(() => plainFetch(input as never)));
  });
});

/** The status, or the error as the app sees it. */
async function outcome(send: () => Promise<Response>): Promise<string> {
  let returned: Promise<Response>;
  try {
    returned = send();
  } catch (error) {
    return `threw ${String(error)}`;
  }
  try {
    return String((await returned).status);
  } catch (error) {
    return String(error);
  }
}
