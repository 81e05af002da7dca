import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { getSession, session, withSpan } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServers, connectTo, exchange, listen, serve } from '../support/node-servers.js';
import { idsOf, record, waitFor, type Recorder } from '../support/node-spans.js';
import { tls } from '../support/node-tls.js';

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

/** A body without a length is sent in chunks; one of a length is not. */
function stripChunk(body: string | undefined): string {
  return (body ?? '').replace(/^[\da-f]+\r\n/, '').replace(/\r\n0\r\n$/, '');
}

function serverSpans() {
  return recorder.spans.filter(span => span.kind === SpanKind.SERVER);
}

describe('a request to a node:http server', () => {
  it('is a server span with the attributes of the HTTP conventions', async () => {
    const url = await serve((_, response) => response.writeHead(201).end('made'));
    await raw(url, '/orders?token=secret', { host: 'shop.example:8080' }, 'POST');
    const span = await recorder.span('POST');
    expect(span.kind).toBe(SpanKind.SERVER);
    expect(span.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.response.status_code': 201,
      'url.scheme': 'http',
      'url.path': '/orders',
      'server.address': 'shop.example',
      'server.port': 8080,
    });
    expect(JSON.stringify(span.attributes)).not.toContain('secret');
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('is a child of the remote parent it names', async () => {
    const url = await serve((_, response) => response.end());
    await raw(url, '/', { traceparent: TRACEPARENT });
    const span = await recorder.span('GET');
    expect(idsOf(span)).toMatchObject({ traceId: TRACE, parent: PARENT });
    expect(span.parentSpanContext?.isRemote).toBe(true);
  });

  it('is a child of that parent also beside a header that is named like a method', async () => {
    const url = await serve((_, response) => response.end());
    await raw(url, '/', { get: 'x', traceparent: TRACEPARENT });
    expect(idsOf(await recorder.span('GET'))).toMatchObject({ traceId: TRACE, parent: PARENT });
  });

  it('is a root span when the parent it names is malformed', async () => {
    const url = await serve((_, response) => response.end());
    await raw(url, '/', { traceparent: '00-zz-yy-01' });
    expect(idsOf(await recorder.span('GET')).parent).toBeUndefined();
  });

  it('does not become a child of a span around the listen call', async () => {
    const url = await withSpan('boot', () => serve((_, response) => response.end()));
    await raw(url, '/');
    const boot = await recorder.span('boot');
    const span = await recorder.span('GET');
    expect(span.parentSpanContext).toBeUndefined();
    expect(idsOf(span).traceId).not.toBe(idsOf(boot).traceId);
  });

  it('joins the session that arrives in baggage', async () => {
    const seen: unknown[] = [];
    const url = await serve((_, response) => {
      seen.push(getSession()?.id, getSession()?.joined, session.getBaggageValue('tenant.id'));
      response.end();
    });
    await raw(url, '/', { baggage: `session.id=${SESSION},tenant.id=acme` });
    expect(seen).toEqual([SESSION, true, 'acme']);
    expect((await recorder.span('GET')).attributes).toMatchObject({ 'session.id': SESSION, 'tenant.id': 'acme' });
  });

  it('has a session of its own when none arrives', async () => {
    const url = await serve((_, response) => response.end(getSession()?.id));
    const answers = await Promise.all([raw(url, '/'), raw(url, '/')]);
    const spans = await recorder.all('GET', 2);
    const ids = spans.map(span => span.attributes['session.id']);
    expect(new Set(ids).size).toBe(2);
    expect([...ids].sort()).toEqual(
      answers
        .map(answer => answer.split('\r\n\r\n')[1])
        .sort()
        .map(stripChunk),
    );
  });

  it('keeps its context in body events and in what the response emits', async () => {
    const seen: Record<string, string | undefined> = {};
    const note = (event: string) => () => {
      seen[event] = trace.getActiveSpan()?.spanContext().spanId;
    };
    const url = await serve((request, response) => {
      request.on('data', note('data')).once('end', note('end')).on('close', note('request close'));
      response.on('finish', note('finish')).on('close', note('response close'));
      request.on('end', () => setImmediate(() => response.end('done')));
    });
    const socket = await connectTo(url);
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nconnection: close\r\n\r\nab');
    await waitFor(() => expect(seen['data']).toBeDefined());
    socket.write('cd');
    await text(socket);
    const { spanId } = (await recorder.span('POST')).spanContext();
    await waitFor(() => expect(Object.keys(seen)).toHaveLength(5));
    expect(new Set(Object.values(seen))).toEqual(new Set([spanId]));
  });

  it('leaves listeners as they were: once is called once, off removes, no property shows', async () => {
    const calls: string[] = [];
    const url = await serve((request, response) => {
      const removed = () => calls.push('removed');
      request.on('custom', removed).off('custom', removed);
      request.once('custom', () => calls.push('once'));
      calls.push(
        String(request.emit('custom')),
        String(request.emit('custom')),
        String(request.listenerCount('custom')),
      );
      calls.push(String(Object.keys(request).includes('emit')), String(Object.keys(response).includes('emit')));
      response.end();
    });
    await raw(url, '/');
    expect(calls).toEqual(['once', 'true', 'false', '0', 'false', 'false']);
  });

  it('lets an error without a listener crash as it does without us', async () => {
    const thrown: unknown[] = [];
    const url = await serve((request, response) => {
      try {
        request.emit('error', new Error('nobody listens'));
      } catch (error) {
        thrown.push((error as Error).message);
      }
      response.end();
    });
    await raw(url, '/');
    expect(thrown).toEqual(['nobody listens']);
  });

  it.each([
    [500, SpanStatusCode.ERROR, '500'],
    [503, SpanStatusCode.ERROR, '503'],
    [404, SpanStatusCode.UNSET, undefined],
    [302, SpanStatusCode.UNSET, undefined],
  ])('answered %i has status %i', async (status, code, type) => {
    const url = await serve((_, response) => response.writeHead(status).end());
    await raw(url, '/');
    const span = await recorder.span('GET');
    expect(span.status.code).toBe(code);
    expect(span.attributes['error.type']).toBe(type);
  });

  it('with a method of its own making is an HTTP span', async () => {
    const url = await serve((_, response) => response.end());
    await raw(url, '/', {}, 'PROPFIND');
    expect((await recorder.span('HTTP')).attributes['http.request.method']).toBe('_OTHER');
  });

  it('to https has the scheme https', async () => {
    const url = await listen(https.createServer(tls, (_, response) => response.end('safe')));
    const request = https.get(url, { ca: tls.cert, headers: { traceparent: TRACEPARENT } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('safe');
    await waitFor(() => recorder.all('GET', 2));
    expect(serverSpans()).toHaveLength(1);
    expect(serverSpans()[0]?.attributes['url.scheme']).toBe('https');
    expect(serverSpans()[0]?.parentSpanContext?.spanId).toBe(PARENT);
  });

  it('to a server that was made and bound by other means is seen too', async () => {
    const server = new http.Server();
    server.addListener('request', (_: IncomingMessage, response: ServerResponse) => response.end());
    await raw(await listen(server), '/');
    await recorder.span('GET');
  });

  it('leaves no listener and no property on the socket', async () => {
    const counts: number[] = [];
    const url = await serve((request, response) => {
      counts.push(request.socket.eventNames().reduce((sum, name) => sum + request.socket.listenerCount(name), 0));
      response.end();
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 5; i++) {
      const [response] = (await once(http.get(url, { agent }), 'response')) as [IncomingMessage];
      await text(response);
    }
    agent.destroy();
    expect(new Set(counts).size).toBe(1);
  });
});

describe('a response', () => {
  it('whose reader leaves ends its span with an event and without a status', async () => {
    const url = await serve((_, response) => void response.writeHead(200).write('first'));
    const socket = await connectTo(url);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    const span = await recorder.span('GET');
    expect(span.events.map(event => event.name)).toEqual(['client.disconnected']);
    expect(span.attributes['http.response.status_code']).toBe(200);
  });

  it('that never began has no status code', async () => {
    let arrived = false;
    const url = await serve(() => {
      arrived = true;
    });
    const socket = await connectTo(url);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await waitFor(() => expect(arrived).toBe(true));
    socket.destroy();
    expect((await recorder.span('GET')).attributes).not.toHaveProperty('http.response.status_code');
  });

  it('of server-sent events keeps its span open and its context to the end', async () => {
    let push: (end: boolean) => void = () => {};
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 0\n\n');
      const id = trace.getActiveSpan()?.spanContext().spanId;
      push = end => (end ? response.end(`data: ${id}\n\n`) : response.write('data: 1\n\n'));
    });
    const socket = await connectTo(url);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    const body = text(socket);
    await once(socket, 'data');
    push(false);
    await recorder.all('GET', 0);
    push(true);
    const answer = await body;
    const span = await recorder.span('GET');
    expect(answer).toContain(idsOf(span).spanId);
    expect(span.events).toEqual([]);
  });
});
