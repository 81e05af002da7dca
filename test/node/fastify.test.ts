import { SpanStatusCode, trace } from '@opentelemetry/api';
import { fastifyTracing } from '@agentops/node/fastify';
import { getSession } from '@agentops/node';
import fastify from 'fastify';
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

describe('fastify 5', () => {
  it('names the span after the route, outside the plugin too, and is one span', async () => {
    const app = fastify();
    const seen: (string | undefined)[] = [];
    await app.register(fastifyTracing);
    app.get('/users/:id', async () => {
      seen.push(activeId(), getSession()?.id);
      return 'user';
    });
    await app.register(async inner => void inner.get('/things/:thing', async () => 'thing'), { prefix: '/inner' });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    await ask(url, '/users/7', {
      traceparent: TRACEPARENT,
      baggage: 'session.id=6f0f3a5e-6a5c-4d0f-9a3b-0d6a3c1f2b4d',
    });
    await ask(url, '/inner/things/1');
    await ask(url, '/missing');
    await app.close();
    const span = await recorder.span('GET /users/:id');
    expect(idsOf(span)).toMatchObject({ traceId: TRACE, parent: PARENT });
    expect(seen).toEqual([idsOf(span).spanId, '6f0f3a5e-6a5c-4d0f-9a3b-0d6a3c1f2b4d']);
    await recorder.span('GET /inner/things/:thing');
    await recorder.span('GET');
    expect(recorder.spans).toHaveLength(3);
  });

  it('records what a handler throws, and its own error handler answers', async () => {
    const app = fastify();
    await app.register(fastifyTracing);
    app.get('/', async () => {
      throw new RangeError('out of range');
    });
    app.setErrorHandler((error, _, reply) => void reply.code(503).send(`own: ${(error as Error).message}`));
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    expect(await ask(url, '/')).toMatch(/503 [^]*own: out of range/);
    await app.close();
    const span = await recorder.span('GET /');
    expect(exceptions(span)).toEqual(['out of range']);
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
  });

  it('does not fail the span for a request that does not match the schema', async () => {
    const app = fastify();
    await app.register(fastifyTracing);
    const querystring = { type: 'object', required: ['q'], properties: { q: { type: 'string' } } };
    app.get('/', { schema: { querystring } }, async () => 'ok');
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    expect(await ask(url, '/')).toContain('400 Bad Request');
    await app.close();
    expect((await recorder.span('GET /')).status.code).toBe(SpanStatusCode.UNSET);
  });

  it('traces requests that are injected without a socket', async () => {
    const app = fastify();
    await app.register(fastifyTracing);
    app.get('/a/:b', async () => 'ok');
    expect((await app.inject('/a/b')).body).toBe('ok');
    await recorder.span('GET /a/:b');
    await app.close();
  });
});
