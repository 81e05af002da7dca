import { SpanStatusCode, trace } from '@opentelemetry/api';
import { expressErrors, expressTracing } from '@agentops/node/express';
import type { ErrorRequestHandler } from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import express from 'express';
import { closeServers, ask, serve } from '../support/node-servers.js';
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

describe('express 5', () => {
  const answerError: ErrorRequestHandler = (error: Error, _request, response, _next) => {
    response.status((error as { status?: number }).status ?? 500).send(`own: ${error.message}`);
  };

  it.each([
    ['/users/7?x=1', 'GET /users/:id', '/users/:id'],
    ['/api/v1/orders/9', 'GET /api/v1/orders/:id', '/api/v1/orders/:id'],
    ['/missing', 'GET', undefined],
  ])('names the span of %s "%s"', async (path, name, route) => {
    const app = express();
    const v1 = express.Router().get('/orders/:id', (_, response) => void response.send('order'));
    app.use('/api', express.Router().use('/v1', v1));
    app.get('/users/:id', (_, response) => void response.send('user'));
    await ask(await serve(app), path, { traceparent: TRACEPARENT });
    const span = await recorder.span(name);
    expect(span.attributes['http.route']).toBe(route);
    expect(idsOf(span)).toMatchObject({ traceId: TRACE, parent: PARENT });
  });

  it('with expressTracing() is still one span, active in handlers, bodies included', async () => {
    const app = express();
    const seen: (string | undefined)[] = [];
    app.use(expressTracing());
    app.use(express.json());
    app.get('/', async (_, response) => {
      seen.push(activeId());
      await Promise.resolve();
      seen.push(activeId());
      response.send('ok');
    });
    await ask(await serve(app), '/');
    const { spanId } = idsOf(await recorder.span('GET /'));
    expect(seen).toEqual([spanId, spanId]);
  });

  it('with expressErrors() records what a handler throws, and the app’s own handler answers', async () => {
    const app = express();
    app.get('/fails', async () => {
      throw new RangeError('out of range');
    });
    app.use(expressErrors(), answerError);
    expect(await ask(await serve(app), '/fails')).toMatch(/500 [^]*own: out of range/);
    const span = await recorder.span('GET /fails');
    expect(exceptions(span)).toEqual(['out of range']);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'out of range' });
  });

  it('with expressErrors() records a caller’s mistake without failing the span', async () => {
    const app = express();
    app.get('/', () => {
      throw Object.assign(new Error('no such order'), { status: 404 });
    });
    app.use(expressErrors(), answerError);
    expect(await ask(await serve(app), '/')).toContain('404');
    const span = await recorder.span('GET /');
    expect(exceptions(span)).toEqual(['no such order']);
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
  });

  it.each([[undefined], ['a text'], [null]])('with expressErrors() survives a thrown %s', async thrown => {
    const app = express();
    app.get('/', (_request, _response, next) => next(thrown ?? 'fallback'));
    const own: ErrorRequestHandler = (error, _request, response, _next) =>
      void response.status(500).send(`own: ${String(error)}`);
    app.use(expressErrors(), own);
    expect(await ask(await serve(app), '/')).toContain(`own: ${thrown ?? 'fallback'}`);
    expect((await recorder.span('GET /')).status.code).toBe(SpanStatusCode.ERROR);
  });

  it('without an error handler answers 500 as it does without us', async () => {
    const app = express();
    app.set('env', 'test');
    app.get('/', () => {
      throw new Error('boom');
    });
    app.use(expressErrors());
    expect(await ask(await serve(app), '/')).toContain('500 Internal Server Error');
    await recorder.span('GET /');
  });

  it('names the route of a nested router also when its handler throws', async () => {
    const app = express();
    app.use(
      '/api',
      express.Router().get('/fails', () => {
        throw new Error('boom');
      }),
    );
    app.use(expressErrors(), answerError);
    await ask(await serve(app), '/api/fails');
    await recorder.span('GET /api/fails');
  });
});
