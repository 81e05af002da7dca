import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { SpanKind, trace } from '@opentelemetry/api';
import { extractContext, injectContext, withContext, withSpan } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServers, exchange, listen, serve } from '../support/node-servers.js';
import { idsOf, record, type Recorder } from '../support/node-spans.js';

const TRACE = 'a'.repeat(32);
const PARENT = 'b'.repeat(16);
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;
const SESSION = '6f0f3a5e-6a5c-4d0f-9a3b-0d6a3c1f2b4d';

let recorder: Recorder;

beforeEach(() => {
  recorder = record({ telemetry: { context: { baggageAttributes: ['tenant.id'] } } });
});

afterEach(async () => {
  await closeServers();
  await recorder.stop();
});

/** A request that the toolkit's client side does not see. */
function raw(url: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<string> {
  const lines = Object.entries({ host: 'test', connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return exchange(url, `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
}

function serverSpans() {
  return recorder.spans.filter(span => span.kind === SpanKind.SERVER);
}

describe('Server-Timing', () => {
  const DOCUMENT = { 'sec-fetch-dest': 'document' };

  it('tells a document navigation which span served it', async () => {
    const url = await serve((_, response) => response.end());
    const answer = await raw(url, '/', DOCUMENT);
    const { traceId, spanId } = idsOf(await recorder.span('GET'));
    expect(answer).toMatch(new RegExp(`server-timing: traceparent;desc="00-${traceId}-${spanId}-0[13]"`, 'i'));
  });

  it.each([{}, { 'sec-fetch-dest': 'empty' }, { 'sec-fetch-dest': 'script' }])('is not sent to %o', async headers => {
    const url = await serve((_, response) => response.end());
    expect(await raw(url, '/', headers as Record<string, string>)).not.toMatch(/server-timing/i);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['setHeader', response => response.setHeader('Server-Timing', 'db;dur=5')],
    ['writeHead', response => response.writeHead(200, { 'server-timing': 'db;dur=5' })],
    ['writeHead with a list', response => response.writeHead(200, ['server-timing', 'db;dur=5'])],
  ])('that the app sets by %s stays the app’s', async (_, set) => {
    const url = await serve((__, response) => {
      set(response);
      response.end();
    });
    const answer = await raw(url, '/', DOCUMENT);
    expect(answer.match(/^server-timing: .*$/gim)).toEqual([expect.stringMatching(/^server-timing: db;dur=5$/i)]);
  });

  it('that the app appends is sent beside ours', async () => {
    const url = await serve((_, response) => {
      response.appendHeader('Server-Timing', 'db;dur=5');
      response.end();
    });
    const answer = await raw(url, '/', DOCUMENT);
    expect(answer).toMatch(/server-timing: traceparent/i);
    expect(answer).toMatch(/server-timing: .*db;dur=5/i);
  });
});

describe('Expect: 100-continue', () => {
  const HEAD = 'POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi';

  it.each(['checkContinue', 'request'])('is one span when the app listens for %s', async event => {
    const server = createServer();
    let active: string | undefined;
    server.on(event, (request: IncomingMessage, response: ServerResponse) => {
      active = trace.getActiveSpan()?.spanContext().spanId;
      if (event === 'checkContinue') response.writeContinue();
      request.resume().on('end', () => response.end('fine'));
    });
    expect(await exchange(await listen(server), HEAD)).toMatch(/100 Continue[^]*200 OK/);
    expect(idsOf(await recorder.span('POST')).spanId).toBe(active);
  });

  it('is one span when checkContinue passes it on to the request listeners', async () => {
    const server = createServer((request, response) => void request.resume().on('end', () => response.end('fine')));
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
      server.emit('request', request, response);
    });
    expect(await exchange(await listen(server), HEAD)).toContain('200 OK');
    await recorder.span('POST');
  });

  it('is one span when the app listens for checkExpectation', async () => {
    const server = createServer();
    server.on('checkExpectation', (_: IncomingMessage, response: ServerResponse) => response.writeHead(417).end());
    await exchange(await listen(server), HEAD.replace('100-continue', 'miracles'));
    expect((await recorder.span('POST')).attributes['http.response.status_code']).toBe(417);
  });
});

describe('extractContext by hand in a handler', () => {
  it('keeps the server span as the parent', async () => {
    const url = await serve((request, response) => {
      withContext(extractContext(request.headers), () => {
        withSpan('work', () => response.end(JSON.stringify(injectContext({}))));
      });
    });
    await raw(url, '/', { traceparent: TRACEPARENT, baggage: `session.id=${SESSION}` });
    const server = await recorder.span('GET');
    const work = await recorder.span('work');
    expect(idsOf(work)).toMatchObject({ traceId: TRACE, parent: idsOf(server).spanId });
    expect(work.attributes['session.id']).toBe(SESSION);
  });

  it('keeps it also where no trace arrives', async () => {
    const url = await serve((request, response) => {
      withContext(extractContext(request.headers), () => withSpan('work', () => response.end()));
    });
    await raw(url, '/');
    expect(idsOf(await recorder.span('work')).parent).toBe(idsOf(await recorder.span('GET')).spanId);
  });
});

describe('an export of spans', () => {
  it.each(['agentops-exporter/0.2.0', 'agentops-exporter/9.9.9'])('by %s gets no span', async agent => {
    const url = await serve((request, response) => response.end(request.url));
    expect(await raw(url, '/v1/traces', { 'user-agent': agent }, 'POST')).toContain('/v1/traces');
    await raw(url, '/v1/traces', { 'user-agent': 'curl/8' });
    await recorder.span('GET');
    expect(serverSpans().map(span => span.name)).toEqual(['GET']);
  });
});
