import { once } from 'node:events';
import * as http from 'node:http';
import { get as namedGet, request as namedRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import * as https from 'node:https';
import { text } from 'node:stream/consumers';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { withSpan } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServers, listen, serveEcho, valuesOf } from '../support/node-servers.js';
import { idsOf, record, waitFor, type EndedSpan, type Recorder } from '../support/node-spans.js';
import { tls } from '../support/node-tls.js';

let recorder: Recorder;
let echo: Awaited<ReturnType<typeof serveEcho>>;

beforeEach(async () => {
  recorder = record();
  echo = await serveEcho();
});

afterEach(async () => {
  await closeServers();
  await recorder.stop();
});

async function read(request: ClientRequest): Promise<string> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
}

function clientSpans(): EndedSpan[] {
  return recorder.spans.filter(span => span.kind === SpanKind.CLIENT);
}

async function clientSpan(count = 1): Promise<EndedSpan> {
  return waitFor(async () => {
    await recorder.all('never', 0);
    expect(clientSpans()).toHaveLength(count);
    return clientSpans()[count - 1] as EndedSpan;
  });
}

/** The one traceparent that arrived. */
function arrived(index = 0): string {
  const values = valuesOf(echo.heads[index], 'traceparent');
  expect(values).toHaveLength(1);
  return values[0] as string;
}

const end = (request: ClientRequest): ClientRequest => request.end();

describe('a request by', () => {
  const forms: [string, () => Promise<unknown>][] = [
    ['http.get with a string', () => read(http.get(echo.url))],
    ['http.get with a URL', () => read(http.get(new URL(echo.url)))],
    ['http.get with options', () => read(http.get({ host: '127.0.0.1', port: echo.port }))],
    ['http.get with a string and options', () => read(http.get(echo.url, { headers: { 'x-own': '1' } }))],
    ['http.get with a callback', () => new Promise<IncomingMessage>(done => http.get(echo.url, done)).then(text)],
    ['http.request with a string', () => read(end(http.request(echo.url)))],
    ['http.request with a URL and options', () => read(end(http.request(new URL(echo.url), { path: '/' })))],
    [
      'http.request with hostname',
      () => read(end(http.request({ hostname: 'localhost', port: echo.port, family: 4 }))),
    ],
    ['http.request with a port as text', () => read(end(http.request({ port: String(echo.port), family: 4 })))],
    [
      'http.request without a Host header',
      () => read(end(http.request(echo.url, { setHost: false, headers: { host: '' } }))),
    ],
    ['a named import of get', () => read(namedGet(echo.url))],
    ['a named import of request', () => read(end(namedRequest(echo.url)))],
    ['fetch with a string', () => fetch(echo.url).then(response => response.text())],
    ['fetch with a URL', () => fetch(new URL(echo.url)).then(response => response.text())],
    ['fetch with a Request', () => fetch(new Request(echo.url)).then(response => response.text())],
  ];

  it.each(forms)('%s is one span, which the receiver is a child of', async (_, send) => {
    await withSpan('caller', async () => void (await send()));
    const span = await clientSpan();
    const caller = await recorder.span('caller');
    expect(idsOf(span).parent).toBe(idsOf(caller).spanId);
    expect(arrived()).toContain(`${idsOf(span).traceId}-${idsOf(span).spanId}`);
    const server = recorder.spans.find(({ kind }) => kind === SpanKind.SERVER);
    expect(server && idsOf(server).parent).toBe(idsOf(span).spanId);
    expect(span.attributes).toMatchObject({
      'http.request.method': 'GET',
      'server.port': echo.port,
      'http.response.status_code': 200,
    });
  });

  it('https.get is one span with the whole URL', async () => {
    const heads: IncomingMessage[] = [];
    const url = await listen(
      https.createServer(tls, (request, response) => {
        heads.push(request);
        response.end();
      }),
    );
    await read(https.get(`${url}/a?b=c`, { ca: tls.cert }));
    const span = await clientSpan();
    expect(span.attributes['url.full']).toBe(`${url}/a`);
    expect(valuesOf(heads[0], 'traceparent')[0]).toContain(idsOf(span).spanId);
  });

  it('IPv6 literal is a span with the address', async () => {
    const url = await listen(
      http.createServer((_, response) => response.end()),
      '::1',
    );
    await read(http.get({ host: '::1', port: new URL(url).port, setHost: false, headers: { host: 'x' } }));
    expect((await clientSpan()).attributes['url.full']).toBe(`${url}/`);
  });

  it('headers as an object keeps them beside ours', async () => {
    await read(http.get(echo.url, { headers: { 'X-Own': 'kept', accept: ['a', 'b'] } }));
    expect(echo.heads[0]?.headers).toMatchObject({ 'x-own': 'kept', accept: 'a, b' });
    arrived();
  });

  it('headers as an array is a span and goes out as the app wrote it', async () => {
    await read(http.get(echo.url, { headers: ['Host', 'own.example', 'X-Own', 'kept'] }));
    expect(echo.heads[0]?.rawHeaders).toEqual(expect.arrayContaining(['X-Own', 'kept', 'own.example']));
    expect((await clientSpan()).attributes['server.port']).toBe(echo.port);
  });

  it('many at once on one kept-alive socket has the parents and baggage of its own caller', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        withSpan(`caller ${n}`, async () => {
          await read(http.get(`${echo.url}/${n}`, { agent }));
        }),
      ),
    );
    agent.destroy();
    await clientSpan(20);
    for (const head of echo.heads) {
      const caller = recorder.spans.find(({ name }) => name === `caller ${head.url?.slice(1)}`);
      expect(head.headers['traceparent']).toContain(caller && idsOf(caller).traceId);
    }
  });
});

describe('callbacks and listeners', () => {
  it('run in the context of the caller', async () => {
    const seen: (string | undefined)[] = [];
    const note = () => seen.push(trace.getActiveSpan()?.spanContext().spanId);
    await withSpan('caller', async () => {
      await new Promise<void>(done => {
        const request = http.get(echo.url, response => {
          note();
          response
            .on('data', note)
            .on('end', note)
            .on('close', () => done(void note()));
        });
        request.on('socket', note).on('finish', note);
      });
    });
    const { spanId } = idsOf(await recorder.span('caller'));
    expect(seen).toHaveLength(6);
    expect(new Set(seen)).toEqual(new Set([spanId]));
  });
});

describe('with tracing suppressed', () => {
  it('a request is no span and carries nothing', async () => {
    await context.with(suppressTracing(context.active()), async () => {
      await read(http.get(echo.url));
      await (await fetch(echo.url)).text();
    });
    await waitFor(() => expect(echo.heads).toHaveLength(2));
    await recorder.all('never', 0);
    expect(clientSpans()).toEqual([]);
    expect(echo.heads.map(head => head.headers['traceparent'])).toEqual([undefined, undefined]);
  });
});
