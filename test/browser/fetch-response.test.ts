import { beforeAll, describe, expect, it } from '#runner';
import { init } from '@agentops/web/manual';
import { createBackend, isFor, plainFetch, until } from '../support/browser-collector.js';

const collector = createBackend('collector');

beforeAll(() => {
  init({ endpoint: collector.path(''), telemetry: { batch: { delayMs: 20 } } });
});

const describeResponse = ({ url, type, redirected, status, statusText, ok, bodyUsed }: Response) => ({
  url: new URL(url || 'about:blank').pathname,
  type,
  redirected,
  status,
  statusText,
  ok,
  bodyUsed,
});

describe('the response of a fetch', () => {
  it('is the platform’s own', async () => {
    const backend = createBackend();
    const url = backend.path(`redirect?to=${encodeURIComponent(backend.path('echo'))}`);
    const [own, native] = [await fetch(url), await plainFetch(url)];
    expect(own instanceof Response).toBe(true);
    expect(Object.getPrototypeOf(own)).toBe(Response.prototype);
    expect(describeResponse(own)).toEqual(describeResponse(native));
    expect(own.redirected).toBe(true);
    expect(Object.keys(own)).toEqual([]);
  });

  it('has a body that is not locked, not used, and the same one at every look', async () => {
    const response = await fetch(createBackend().path('echo'));
    const { body } = response;
    expect(body instanceof ReadableStream).toBe(true);
    expect([body?.locked, response.bodyUsed]).toEqual([false, false]);
    expect(response.body).toBe(body);
    expect(((await response.json()) as { method: string }).method).toBe('GET');
    expect(response.bodyUsed).toBe(true);
  });

  it('can be cloned, before and after its body was looked at', async () => {
    const response = await fetch(createBackend().path('chunks'));
    expect(await response.clone().text()).toBe('chunk 0\nchunk 1\nchunk 2\n');
    expect(response.body?.locked).toBe(false);
    const again = response.clone();
    const [one, two] = await Promise.all([response.text(), again.text()]);
    expect([one, two]).toEqual(['chunk 0\nchunk 1\nchunk 2\n', 'chunk 0\nchunk 1\nchunk 2\n']);
  });

  it('can be wrapped in a new Response, and piped', async () => {
    const response = await fetch(createBackend().path('chunks'));
    expect(await new Response(response.body, response).text()).toBe('chunk 0\nchunk 1\nchunk 2\n');
    const piped = await fetch(createBackend().path('chunks'));
    let text = '';
    await piped.body
      ?.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: chunk => void (text += chunk) }));
    expect(text).toBe('chunk 0\nchunk 1\nchunk 2\n');
  });

  it('has no body where there is none', async () => {
    const backend = createBackend();
    expect((await fetch(backend.path('status/204'))).status).toBe(204);
    const span = await collector.span(isFor(backend.path('status/204')));
    expect(span.attributes['http.response.status_code']).toBe(204);
  });

  it('is that of redirect: "manual" too', async () => {
    const backend = createBackend();
    const response = await fetch(backend.path(`redirect?to=/`), { redirect: 'manual' });
    expect([response.type, response.status]).toEqual(['opaqueredirect', 0]);
    const span = await collector.span(isFor(backend.path('redirect')));
    expect(span.attributes['http.response.status_code']).toBe(undefined);
  });

  it.each([404, 503])('of status %d makes the span an error, and nothing else', async status => {
    const backend = createBackend();
    const response = await fetch(backend.path(`status/${status}`));
    expect([response.status, await response.json()]).toEqual([status, { status }]);
    const span = await collector.span(isFor(backend.path(`status/${status}`)));
    expect(span.status.code).toBe(2);
    expect(span.attributes).toMatchObject({ 'http.response.status_code': status, 'error.type': String(status) });
  });
});

describe('a fetch that fails', () => {
  it.each([
    ['a dropped connection', (path: string) => `${path}reset`],
    ['a response without permission', (path: string) => `${new URL(path, location.href).href}echo?cors=none`, true],
  ])('rejects with what the platform rejects with: %s', async (_title, target, cross = false) => {
    const backend = createBackend();
    const base = cross ? backend.crossPath('') : backend.path('');
    const url = target(base);
    const fail = (f: typeof fetch) => f(url).then(() => 'none', String);
    const own = await fail(fetch);
    expect(own).toBe(await fail(plainFetch));
    expect(own).toContain('TypeError');
    const span = await collector.span(isFor(url));
    expect(span.status.code).toBe(2);
    expect(span.attributes['error.type']).toBe('TypeError');
    expect(span.events.map(({ name }) => name)).toEqual(['exception']);
  });

  it('is reported as unhandled once, for the promise the app has', async () => {
    const events: PromiseRejectionEvent[] = [];
    const onRejection = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      events.push(event);
    };
    addEventListener('unhandledrejection', onRejection);
    const backend = createBackend();
    const promise = fetch(backend.path('reset'));
    const caught = fetch(backend.path('reset')).catch(() => 'caught');
    await collector.spans(isFor(backend.path('reset')), 2);
    await until(() => events.length > 0, 'an unhandled rejection');
    expect(await caught).toBe('caught');
    removeEventListener('unhandledrejection', onRejection);
    expect(events.length).toBe(1);
    expect(events[0]?.promise).toBe(promise);
  });

  it('hands on an abort before the headers, with its reason', async () => {
    const backend = createBackend();
    const reason = async (f: typeof fetch) => {
      const controller = new AbortController();
      const promise = f(backend.path('dead'), { signal: controller.signal });
      controller.abort(new RangeError('enough'));
      return String(await promise.catch((error: unknown) => error));
    };
    expect(await reason(fetch)).toBe(await reason(plainFetch));
    const span = await collector.span(isFor(backend.path('dead')));
    expect(span.status.code).toBe(2);
    expect(span.attributes['http.response.status_code']).toBe(undefined);
  });

  it('rejects at once for a signal that is aborted already', async () => {
    const backend = createBackend();
    const own = await fetch(backend.path('echo'), { signal: AbortSignal.abort() }).catch((error: Error) => error.name);
    expect(own).toBe('AbortError');
    const span = await collector.span(isFor(backend.path('echo')));
    expect(span.attributes['error.type']).toBe('AbortError');
    expect(await backend.requests()).toEqual([]);
  });
});

describe('a signal', () => {
  it('that aborts after the body has been read does not make the span an error', async () => {
    const backend = createBackend();
    for (const route of ['echo', 'chunks']) {
      const controller = new AbortController();
      const response = await fetch(backend.path(route), { signal: controller.signal });
      await response.text();
      controller.abort();
      const span = await collector.span(isFor(backend.path(route)));
      expect([route, span.status.code ?? 0]).toEqual([route, 0]);
    }
  });

  it('keeps no listener of a request that is over', async () => {
    const backend = createBackend();
    const { signal } = new AbortController();
    let listening = 0;
    const { addEventListener: add, removeEventListener: remove } = signal;
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof add>) => void (listening++, add.apply(signal, args)),
      removeEventListener: (...args: Parameters<typeof remove>) => void (listening--, remove.apply(signal, args)),
    });
    for (let count = 0; count < 5; count++) await (await fetch(backend.path('echo'), { signal })).text();
    await fetch(backend.path('echo'), { signal });
    await collector.spans(isFor(backend.path('echo')), 6);
    expect(listening).toBe(0);
  });
});
