import { beforeAll, describe, expect, it } from '#runner';
import { init, injectContext, shutdown, withSpan } from '@agentops/web/manual';
import { createBackend, isFor, parseParent } from '../support/browser-collector.js';

const native = { ...Object.getOwnPropertyDescriptors(XMLHttpRequest.prototype) };
const collector = createBackend('collector');
const OPTIONS = { endpoint: collector.path(''), telemetry: { batch: { delayMs: 20 } } };
const OTHER = '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01';

beforeAll(() => {
  init(OPTIONS);
});

type Prepare = (request: XMLHttpRequest) => void;

function get(url: string, prepare: Prepare = () => {}, body?: string): Promise<XMLHttpRequest> {
  const request = new XMLHttpRequest();
  request.open(body === undefined ? 'GET' : 'POST', url);
  prepare(request);
  const ended = new Promise<XMLHttpRequest>(resolve => request.addEventListener('loadend', () => resolve(request)));
  request.send(body);
  return ended;
}

/** An XMLHttpRequest whose methods are the platform's, for comparison. */
function untraced(): XMLHttpRequest {
  const request = new XMLHttpRequest();
  const { open, send, setRequestHeader } = native;
  Object.defineProperties(request, { open, send, setRequestHeader });
  return request;
}

describe('the span of an XMLHttpRequest', () => {
  it('says what was asked and answered, and is the parent in the headers', async () => {
    const backend = createBackend();
    const request = await get(backend.path('echo?token=secret'), () => {}, 'body');
    const { headers, body } = JSON.parse(request.responseText) as { headers: Record<string, string>; body: string };
    const span = await collector.span(isFor(backend.path('echo')));
    expect([span.name, span.kind, body]).toEqual(['POST', 3, 'body']);
    expect(span.attributes['http.response.status_code']).toBe(200);
    expect(parseParent(headers['traceparent'])).toEqual({ traceId: span.traceId, spanId: span.spanId });
    expect(headers['baggage']).toBe(`session.id=${String(span.attributes['session.id'])}`);
    expect(JSON.stringify(span)).not.toContain('secret');
  });

  it('is there for a synchronous one', async () => {
    const backend = createBackend();
    const request = new XMLHttpRequest();
    request.open('GET', backend.path('echo'), false);
    request.send();
    expect(request.responseText).toContain('traceparent');
    const span = await collector.span(isFor(backend.path('echo')));
    expect(span.attributes['http.response.status_code']).toBe(200);
  });

  it('is an error for a synchronous one that fails, which throws as ever', async () => {
    const backend = createBackend();
    const fail = (request: XMLHttpRequest) => {
      request.open('GET', backend.path('reset'), false);
      try {
        request.send();
      } catch (error) {
        return (error as Error).name;
      }
      return 'none';
    };
    expect(fail(new XMLHttpRequest())).toBe(fail(untraced()));
    expect((await collector.span(isFor(backend.path('reset')))).status.code).toBe(2);
  });

  it.each([
    ['error', 'reset', () => {}],
    ['timeout', 'dead', (request: XMLHttpRequest) => void (request.timeout = 50)],
    ['abort', 'dead', (request: XMLHttpRequest) => void setTimeout(() => request.abort(), 50)],
    ['abort', 'sse/endless', (request: XMLHttpRequest) => void (request.onprogress = () => request.abort())],
  ])('is an error when it ends with %s (%s)', async (type, route, prepare) => {
    const backend = createBackend();
    await get(backend.path(route), prepare as Prepare);
    const span = await collector.span(isFor(backend.path(route)));
    expect([span.status.code, span.attributes['error.type']]).toEqual([2, type]);
  });

  it('is an error from status 400 on', async () => {
    const backend = createBackend();
    await get(backend.path('status/404'));
    const span = await collector.span(isFor(backend.path('status/404')));
    expect([span.status.code, span.attributes['error.type']]).toEqual([2, '404']);
  });

  it('covers a stream to its end', async () => {
    const backend = createBackend();
    await get(backend.path('chunks?count=10&interval=30'));
    const span = await collector.span(isFor(backend.path('chunks')));
    expect(span.endMs - span.startMs >= 280).toBe(true);
  });

  it('does not depend on events that the app stops', async () => {
    const backend = createBackend();
    await get(backend.path('echo'), request =>
      request.addEventListener('load', event => event.stopImmediatePropagation()),
    );
    expect((await collector.span(isFor(backend.path('echo')))).attributes['http.response.status_code']).toBe(200);
  });

  it('is there for each use of one object, with the status of its own', async () => {
    const backend = createBackend();
    const request = new XMLHttpRequest();
    for (const status of [200, 404, 201]) {
      request.open('GET', backend.path(`status/${status}`));
      const ended = new Promise(resolve => request.addEventListener('loadend', resolve, { once: true }));
      request.send();
      await ended;
    }
    for (const status of [200, 404, 201]) {
      const spans = await collector.spans(isFor(backend.path(`status/${status}`)));
      expect(spans.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([status]);
    }
  });

  it('ends when the object is opened again: in its own load event with its status, under way as aborted', async () => {
    const backend = createBackend();
    const request = new XMLHttpRequest();
    await new Promise(resolve => {
      request.onload = () => {
        request.onload = resolve;
        request.open('GET', backend.path('status/202'));
        request.send();
      };
      request.open('GET', backend.path('dead'));
      request.send();
      request.open('GET', backend.path('status/201'));
      request.send();
    });
    const [left, first, second] = await Promise.all(
      ['dead', 'status/201', 'status/202'].map(route => collector.span(isFor(backend.path(route)))),
    );
    expect(left?.attributes['error.type']).toBe('abort');
    expect(first?.attributes['http.response.status_code']).toBe(201);
    expect(second?.attributes['http.response.status_code']).toBe(202);
  });

  it('is that of the call which is sent, when a later open() is refused', async () => {
    const backend = createBackend();
    await get(backend.path('echo'), request => {
      expect(() => request.open('A B', backend.path('status/200'))).toThrow();
    });
    await collector.span(isFor(backend.path('echo')));
    expect(await collector.spans(isFor(backend.path('status/200')), 0)).toEqual([]);
  });
});

describe('headers of an XMLHttpRequest', () => {
  it('are not added on another origin, nor for a patch of a method that is refused', async () => {
    const backend = createBackend();
    await get(backend.crossPath('echo'), request => {
      expect(() => request.open('A B', backend.path('echo'))).toThrow();
    });
    const requests = await backend.requests(1);
    expect(requests.map(({ method, headers }) => [method, headers['traceparent'], headers['baggage']])).toEqual([
      ['GET', undefined, undefined],
    ]);
  });

  it('are not added to blob: and data: URLs, which have no span', async () => {
    const blob = URL.createObjectURL(new Blob(['from a blob']));
    expect((await get(blob)).responseText).toBe('from a blob');
    expect((await get('data:text/plain,data')).responseText).toBe('data');
    withSpan('after data', () => {});
    await collector.span('after data');
    const others = ({ attributes }: { attributes: Record<string, unknown> }) =>
      /^(?:data|blob|null)|localhost:\d+\/[\da-f-]{36}$/.test(String(attributes['url.full']));
    expect(await collector.spans(others, 0)).toEqual([]);
  });

  it('make one traceparent with what injectContext gave', async () => {
    const backend = createBackend();
    await withSpan('by hand', () =>
      get(backend.path('echo'), request => {
        for (const [name, value] of Object.entries(injectContext({}))) request.setRequestHeader(name, String(value));
        request.setRequestHeader('X-Own', '1');
        request.setRequestHeader('x-own', '2');
      }),
    );
    const [request] = await backend.requests(1);
    const span = await collector.span(isFor(backend.path('echo')));
    expect(parseParent(request?.headers['traceparent'])).toEqual({ traceId: span.traceId, spanId: span.spanId });
    expect(request?.headers['baggage']).toBe(`session.id=${String(span.attributes['session.id'])}`);
    expect(request?.headers['x-own']).toBe('1, 2');
  });

  it('stay when they name another trace, also cross-origin', async () => {
    for (const path of ['path', 'crossPath'] as const) {
      const backend = createBackend();
      await get(backend[path]('echo'), request => {
        request.setRequestHeader('Traceparent', OTHER);
        request.setRequestHeader('baggage', 'a=1');
        request.setRequestHeader('baggage', 'b=2');
      });
      const request = (await backend.requests(1)).find(({ method }) => method === 'GET');
      expect([request?.headers['traceparent'], request?.headers['baggage']]).toEqual([OTHER, 'a=1, b=2']);
    }
  });

  it('that wait for send() are set when shutdown() comes before it', async () => {
    const backend = createBackend();
    const request = new XMLHttpRequest();
    request.open('GET', backend.path('echo'));
    request.setRequestHeader('traceparent', OTHER);
    await shutdown();
    const ended = new Promise(resolve => request.addEventListener('loadend', resolve));
    request.send();
    await ended;
    expect((await backend.requests(1))[0]?.headers['traceparent']).toBe(OTHER);
    init(OPTIONS);
  });
});

describe('an XMLHttpRequest', () => {
  const steps: [string, (request: XMLHttpRequest) => void][] = [
    ['a header before open()', request => request.setRequestHeader('traceparent', OTHER)],
    [
      'a header after send()',
      request => {
        request.open('GET', '/backend/echo');
        request.send();
        request.setRequestHeader('traceparent', OTHER);
      },
    ],
    [
      'a header without a value',
      request => {
        request.open('GET', '/backend/echo');
        (request.setRequestHeader as (name: string) => void)('traceparent');
      },
    ],
    [
      'a header with a line break',
      request => {
        request.open('GET', '/backend/echo');
        request.setRequestHeader('baggage', 'a\nb');
      },
    ],
    [
      'a header that is no token',
      request => {
        request.open('GET', '/backend/echo');
        request.setRequestHeader('a b', 'x');
      },
    ],
    ['send() before open()', request => request.send()],
    [
      'send() twice',
      request => {
        request.open('GET', '/backend/echo');
        request.send();
        request.send();
      },
    ],
    ['open() of a broken URL', request => request.open('GET', 'http://[bad')],
    ['open() without a URL', request => (request.open as (method: string) => void)('GET')],
    ['open() of a method that is none', request => request.open('A B', '/')],
    [
      'open() of something else',
      () => (XMLHttpRequest.prototype.open as (...args: string[]) => void).call({} as never, 'GET', '/'),
    ],
    ['send() of something else', () => XMLHttpRequest.prototype.send.call({} as never)],
  ];

  it.each(steps)('refuses what the platform refuses, as it does: %s', (_title, act) => {
    const refusal = (request: XMLHttpRequest) => {
      try {
        act(request);
      } catch (error) {
        return (error as Error).name;
      } finally {
        request.abort();
      }
      return 'nothing';
    };
    const own = refusal(new XMLHttpRequest());
    expect(own).toBe(refusal(untraced()));
    expect(own).not.toBe('nothing');
  });

  it('fires the events the platform fires, in its order, with itself as this', async () => {
    const record = async (request: XMLHttpRequest) => {
      const seen: string[] = [];
      const note = function (this: unknown, event: Event) {
        seen.push(`${event.type} ${request.readyState} ${this === request || this === request.upload}`);
      };
      const types = ['readystatechange', 'loadstart', 'load', 'loadend', 'error', 'abort', 'timeout'] as const;
      for (const type of types) Object.assign(request, { [`on${type}`]: note });
      for (const type of ['loadstart', 'load', 'loadend'] as const)
        request.upload.addEventListener(type, event => seen.push(`upload ${event.type}`));
      request.open('POST', createBackend().path('echo'));
      request.responseType = 'json';
      const ended = new Promise(resolve => request.addEventListener('loadend', resolve));
      request.send('upload');
      await ended;
      return [seen, (request.response as { body: string }).body, request.status];
    };
    expect(await record(new XMLHttpRequest())).toEqual(await record(untraced()));
  });

  it('does not turn a simple cross-origin request into one with a preflight', async () => {
    const backend = createBackend();
    await get(backend.crossPath('echo'), () => {}, 'x');
    expect((await backend.requests(1)).map(({ method }) => method)).toEqual(['POST']);
  });

  it('keeps open() with an undefined third parameter synchronous', () => {
    const request = new XMLHttpRequest();
    request.open('GET', createBackend().path('echo'), undefined as never);
    request.send();
    expect(request.readyState).toBe(4);
  });
});
