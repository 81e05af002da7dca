import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { context, createContextKey, propagation, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { flush, getSession, init, injectContext, isAgentOpsError, shutdown, withSpan } from '@agentops/node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { closeServers, serveEcho } from '../support/node-servers.js';
import { idsOf, record, type EndedSpan } from '../support/node-spans.js';

const cjsHttp = createRequire(import.meta.url)('node:http') as typeof http;

afterEach(async () => {
  await shutdown();
  await closeServers();
  vi.restoreAllMocks();
});

describe('init()', () => {
  it('for the second time warns and returns the client that runs', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const first = init({ serviceName: 'first' });
    expect(init({ serviceName: 'second' })).toBe(first);
    expect(first.serviceName).toBe('first');
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('init() was called again'));
  });

  it('checks the options that only a server reads', () => {
    expect(() => init({ telemetry: { context: { incoming: 'all' as never } } })).toThrow('telemetry.context.incoming');
    expect(() => init({ telemetry: { diskQueue: { folder: '' } } })).toThrow('telemetry.diskQueue.folder');
  });

  it('that throws leaves nothing behind', () => {
    const { request } = http;
    let thrown: unknown;
    try {
      init({ endpoint: 'no url' });
    } catch (error) {
      thrown = error;
    }
    expect(isAgentOpsError(thrown)).toBe(true);
    expect(http.request).toBe(request);
    expect(process.listenerCount('beforeExit')).toBe(0);
    expect(trace.getTracer('x').startSpan('x').isRecording()).toBe(false);
    expect(init({ serviceName: 'then' }).serviceName).toBe('then');
  });

  it('patches once, whoever looks: named import, namespace and require', () => {
    const before = http.request;
    init();
    expect(http.request).not.toBe(before);
    expect(cjsHttp.request).toBe(http.request);
    expect([http.request.name, http.request.length]).toEqual([before.name, before.length]);
  });

  it('and shutdown() many times neither warns of leaks nor leaves listeners', async () => {
    const warnings: unknown[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const counts = () => ['SIGTERM', 'SIGINT', 'beforeExit'].map(name => process.listenerCount(name));
    const before = counts();
    for (let i = 0; i < 20; i++) {
      init();
      await shutdown();
    }
    await new Promise(resolve => setImmediate(resolve));
    process.off('warning', note);
    expect(counts()).toEqual(before);
    expect(warnings).toEqual([]);
  });
});

describe('shutdown()', () => {
  const targets: [string, () => unknown][] = [
    ['http.request', () => http.request],
    ['http.get', () => http.get],
    ['https.request', () => https.request],
    ['https.get', () => https.get],
    ['require("node:http").request', () => cjsHttp.request],
    ['http.Server.prototype.emit', () => Object.getOwnPropertyDescriptor(http.Server.prototype, 'emit')],
    ['https.Server.prototype.emit', () => Object.getOwnPropertyDescriptor(https.Server.prototype, 'emit')],
    ['fetch', () => fetch],
  ];

  it.each(targets)('restores %s', async (_, read) => {
    const before = read();
    init();
    await shutdown();
    expect(read()).toEqual(before);
    if (typeof before === 'function') expect(read()).toBe(before);
  });

  it('leaves requests of http and fetch untraced and without headers', async () => {
    const recorder = record();
    const echo = await serveEcho();
    await recorder.stop();
    const [response] = (await once(http.get(echo.url), 'response')) as [http.IncomingMessage];
    await text(response);
    await (await fetch(echo.url)).text();
    expect(echo.heads.map(head => head.headers['traceparent'])).toEqual([undefined, undefined]);
    expect(recorder.spans).toEqual([]);
  });

  it('leaves what another has put around ours in place, working', async () => {
    const recorder = record();
    const echo = await serveEcho();
    const ours = cjsHttp.request;
    let calls = 0;
    const theirs = ((...args: Parameters<typeof http.request>) => {
      calls++;
      return ours(...args);
    }) as typeof http.request;
    cjsHttp.request = theirs;
    await recorder.stop();
    expect(cjsHttp.request).toBe(theirs);
    const [response] = (await once(cjsHttp.request(echo.url).end(), 'response')) as [http.IncomingMessage];
    await text(response);
    expect(calls).toBe(1);
    expect(echo.heads[0]?.headers['traceparent']).toBeUndefined();
    const again = record();
    const [second] = (await once(cjsHttp.request(echo.url).end(), 'response')) as [http.IncomingMessage];
    await text(second);
    await again.all('GET', 2);
    await again.stop();
    cjsHttp.request = http.request;
  });

  it('makes the functions inert, and a second one is harmless', async () => {
    init();
    await shutdown();
    expect(await shutdown()).toEqual({ delivered: 0, pending: 0, dropped: {} });
    expect(withSpan('work', () => injectContext({}))).toEqual({});
    expect(getSession()).toBeDefined();
  });

  it('lets a request under way come to its end', async () => {
    const recorder = record();
    let finish = () => {};
    const server = http.createServer((_, response) => {
      response.writeHead(200).write('first');
      finish = () => response.end('last');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const [response] = (await once(http.get({ port, family: 4 }), 'response')) as [http.IncomingMessage];
    await recorder.stop();
    finish();
    expect(await text(response)).toBe('firstlast');
    server.close();
  });
});

describe('init() after shutdown()', () => {
  it('gives the globals of OpenTelemetry to the new client', async () => {
    const first = record({ serviceName: 'first' });
    await first.stop();
    const second = record({ serviceName: 'second', telemetry: { context: { propagation: ['b3'] } } });
    const key = createContextKey('own');
    await trace.getTracer('app').startActiveSpan('by the API', async span => {
      await Promise.resolve();
      expect(trace.getActiveSpan()).toBe(span);
      const carrier = {};
      propagation.inject(context.active(), carrier);
      expect(Object.keys(carrier)).toEqual(['b3']);
      span.end();
    });
    expect(context.with(context.active().setValue(key, 1), () => context.active().getValue(key))).toBe(1);
    const span = await second.span('by the API');
    expect(span.attributes['session.id']).toBeDefined();
    expect(first.spans).toEqual([]);
  });

  it('traces http and fetch once', async () => {
    await record().stop();
    const recorder = record();
    const echo = await serveEcho();
    const [response] = (await once(http.get(echo.url), 'response')) as [http.IncomingMessage];
    await text(response);
    await (await fetch(echo.url)).text();
    await recorder.all('GET', 4);
    expect(echo.heads.every(head => head.rawHeaders.filter(name => name === 'traceparent').length === 1)).toBe(true);
  });
});

describe('a provider that the app has registered before', () => {
  it('is not replaced, and ours works beside it', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const theirs: EndedSpan[] = [];
    const provider = new NodeTracerProvider({
      spanProcessors: [
        {
          onStart: () => {},
          onEnd: span => void theirs.push(span as unknown as EndedSpan),
          forceFlush: async () => {},
          shutdown: async () => {},
        },
      ],
    });
    provider.register();
    const recorder = record();
    const traceId = await trace.getTracer('app').startActiveSpan('theirs', async span => {
      await withSpan('ours', async () => {});
      span.end();
      return span.spanContext().traceId;
    });
    const ours = await recorder.span('ours');
    expect(theirs.map(span => span.name)).toEqual(['theirs']);
    expect(idsOf(ours)).toMatchObject({ traceId, parent: theirs[0] && idsOf(theirs[0]).spanId });
    await recorder.stop();
    trace.getTracer('app').startSpan('after').end();
    expect(theirs.map(span => span.name)).toEqual(['theirs', 'after']);
    trace.disable();
    context.disable();
    propagation.disable();
    await flush();
  });
});
