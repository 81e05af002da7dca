import { once } from 'node:events';
import { serve as serveHono } from '@hono/node-server';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { traceHandler } from '@agentops/node/fetch-handler';
import { getSession, session, withSpan } from '@agentops/node';
import { Hono } from 'hono';
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServers, ask } from '../support/node-servers.js';
import { idsOf, record, type EndedSpan, type Recorder } from '../support/node-spans.js';

const TRACE = 'a'.repeat(32);
const PARENT = 'b'.repeat(16);
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;

let recorder: Recorder;

beforeEach(() => {
  recorder = record();
});

afterEach(async () => {
  await closeServers();
  await recorder.stop();
});

const exceptions = (span: EndedSpan) =>
  span.events.filter(({ name }) => name === 'exception').map(({ attributes }) => attributes?.['exception.message']);
const activeId = () => trace.getActiveSpan()?.spanContext().spanId;

describe('hono', () => {
  it('through @hono/node-server with traceHandler is one span', async () => {
    const app = new Hono();
    const seen: (string | undefined)[] = [];
    app.get('/a/:b', async c => {
      seen.push(activeId());
      await Promise.resolve();
      session.addBaggage('k', 'v');
      return c.text(session.getBaggageValue('k') ?? '');
    });
    const server = serveHono({ fetch: traceHandler(request => app.fetch(request)), port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    const { port } = (server as Server).address() as { port: number };
    expect(await ask(`http://127.0.0.1:${port}`, '/a/b', { traceparent: TRACEPARENT })).toMatch(/\r\n\r\n(1\r\n)?v/);
    server.close();
    const span = await recorder.span('GET');
    expect(idsOf(span)).toMatchObject({ traceId: TRACE, parent: PARENT });
    expect(seen).toEqual([idsOf(span).spanId]);
  });

  it('through @hono/node-server gets no span for an export, with traceHandler neither', async () => {
    const app = new Hono().get('/v1/traces', c => c.text(String(activeId())));
    const server = serveHono({ fetch: traceHandler(request => app.fetch(request)), port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    const { port } = (server as Server).address() as { port: number };
    const agent = { 'user-agent': 'agentops-exporter/1.0.0' };
    expect(await ask(`http://127.0.0.1:${port}`, '/v1/traces', agent)).toContain('undefined');
    server.close();
    await recorder.all('GET', 0);
  });
});

describe('traceHandler alone', () => {
  const request = (headers: Record<string, string> = {}) =>
    new Request('http://shop.example:8080/a?b=secret', { headers });

  function streaming() {
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
    const cancelled: unknown[] = [];
    const body = new ReadableStream<Uint8Array>({
      start: started => void (controller = started),
      cancel: reason => void cancelled.push(reason),
    });
    return { body, cancelled, push: (part: string) => controller?.enqueue(new TextEncoder().encode(part)), controller };
  }

  it('is a server span with its parent, session and further parameters', async () => {
    const handler = traceHandler((_request: Request, environment: { name: string }, more: number) =>
      Response.json({ id: activeId(), environment: environment.name, more, session: getSession()?.joined }),
    );
    const answer = await handler(
      request({ traceparent: TRACEPARENT, baggage: 'session.id=6f0f3a5e-6a5c-4d0f-9a3b-0d6a3c1f2b4d' }),
      { name: 'test' },
      2,
    );
    const span = await read(answer);
    expect(span.body).toEqual({ id: idsOf(span.span).spanId, environment: 'test', more: 2, session: true });
    expect(span.span.kind).toBe(SpanKind.SERVER);
    expect(idsOf(span.span)).toMatchObject({ traceId: TRACE, parent: PARENT });
    expect(span.span.attributes).toMatchObject({
      'url.scheme': 'http',
      'url.path': '/a',
      'server.address': 'shop.example',
      'server.port': 8080,
      'http.response.status_code': 200,
    });
  });

  async function read(answer: Response) {
    return { body: (await answer.json()) as unknown, span: await recorder.span('GET') };
  }

  it('keeps status and headers of the response, several cookies included', async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['x-own', 'kept'],
    ]);
    const answer = await traceHandler(() => new Response('body', { status: 201, statusText: 'Made', headers }))(
      request(),
    );
    expect([answer.status, answer.statusText, answer.headers.getSetCookie()]).toEqual([201, 'Made', ['a=1', 'b=2']]);
    expect([answer.headers.get('x-own'), await answer.text()]).toEqual(['kept', 'body']);
  });

  it.each([
    ['no body', () => new Response(null, { status: 204 }), 204],
    ['a redirect', () => Response.redirect('http://shop.example/', 302), 302],
  ])('ends at once with %s', async (_, make, status) => {
    expect((await traceHandler(make)(request())).status).toBe(status);
    expect((await recorder.span('GET')).attributes['http.response.status_code']).toBe(status);
  });

  it('keeps the span open until the body has been read to its end', async () => {
    const { body, push, controller } = streaming();
    const answer = await traceHandler(() => new Response(body))(request());
    push('one');
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await recorder.all('GET', 0);
    controller?.close();
    expect((await reader.read()).done).toBe(true);
    expect((await recorder.span('GET')).status.code).toBe(SpanStatusCode.UNSET);
  });

  it('ends the span when the reader cancels, and cancels the source', async () => {
    const { body, push, cancelled } = streaming();
    const answer = await traceHandler(() => new Response(body))(request());
    push('one');
    await answer.body?.cancel('enough');
    expect(cancelled).toEqual(['enough']);
    await recorder.span('GET');
  });

  it('fails the span when the body fails, and the reader gets the error', async () => {
    const { body, controller } = streaming();
    const answer = await traceHandler(() => new Response(body))(request());
    controller?.error(new Error('broken'));
    await expect(answer.text()).rejects.toThrow('broken');
    const span = await recorder.span('GET');
    expect(exceptions(span)).toEqual(['broken']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
  ])('fails the span when the handler %s, and passes it on', async (_, handler) => {
    await expect(traceHandler(handler as () => never)(request())).rejects.toThrow('boom');
    expect(exceptions(await recorder.span('GET'))).toEqual(['boom']);
  });

  it('answered 500 is an error', async () => {
    await traceHandler(() => new Response(null, { status: 500 }))(request());
    expect((await recorder.span('GET')).status.code).toBe(SpanStatusCode.ERROR);
  });

  it('that answers with nothing ends its span, and passes that on', async () => {
    expect(await traceHandler(() => undefined as unknown as Response)(request())).toBeUndefined();
    await recorder.span('GET');
  });

  it('inside a span of the app is still a server span of its own', async () => {
    await withSpan('app', async () => void (await traceHandler(() => new Response(null))(request())));
    expect((await recorder.span('GET')).kind).toBe(SpanKind.SERVER);
  });
});
