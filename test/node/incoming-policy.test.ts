import { createServer, type RequestListener } from 'node:http';
import { SpanKind } from '@opentelemetry/api';
import { getSession, injectContext, session, type IncomingRule } from '@agentops/node';
import { expressTracing } from '@agentops/node/express';
import { fastifyTracing } from '@agentops/node/fastify';
import { traceHandler } from '@agentops/node/fetch-handler';
import express from 'express';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, closeServers, listen, serve } from '../support/node-servers.js';
import { idsOf, record, waitFor, type EndedSpan, type Recorder } from '../support/node-spans.js';

const TRACE = 'a'.repeat(32);
const PARENT = 'b'.repeat(16);
const SESSION = '6f0f3a5e-6a5c-4d0f-9a3b-0d6a3c1f2b4d';
const STRANGER = {
  traceparent: `00-${TRACE}-${PARENT}-01`,
  baggage: `session.id=${SESSION},tenant.id=acme,admin=true`,
};

let recorder: Recorder;
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await closeServers();
  await recorder.stop();
});

function startWith(...incoming: IncomingRule[]): void {
  recorder = record({ telemetry: { context: { incoming } } });
}

/** What a handler knows of the request it is in. */
interface Known {
  session: string | undefined;
  tenant: string | undefined;
  admin: string | undefined;
  onward: Record<string, string>;
}

function look(): string {
  const known: Known = {
    session: getSession()?.id,
    tenant: session.getBaggageValue('tenant.id'),
    admin: session.getBaggageValue('admin'),
    onward: injectContext({}),
  };
  return JSON.stringify(known);
}

function knownIn(answer: string): Known {
  return JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)) as Known;
}

async function serverSpan(): Promise<EndedSpan & { links: { context: { traceId: string; spanId: string } }[] }> {
  return waitFor(async () => {
    await recorder.all('never', 0);
    const spans = recorder.spans.filter(({ kind }) => kind === SpanKind.SERVER);
    expect(spans).toHaveLength(1);
    return spans[0] as Awaited<ReturnType<typeof serverSpan>>;
  });
}

const answerLook: RequestListener = (_request, response) => response.end(look());

/** Every way a request can come in. */
const SERVERS: [string, () => Promise<string>][] = [
  ['node:http', () => serve(answerLook)],
  [
    'express',
    () => {
      const app = express();
      app.use(expressTracing());
      app.get('/{*path}', (_request, response) => void response.send(look()));
      return listen(createServer(app));
    },
  ],
  [
    'fastify',
    async () => {
      const app = fastify();
      stops.push(() => app.close());
      await app.register(fastifyTracing);
      app.get('/*', async () => look());
      return app.listen({ host: '127.0.0.1', port: 0 });
    },
  ],
];

describe.each(SERVERS)('a request through %s', (_name, startServer) => {
  it('is a child of the caller without rules, in its session and with its baggage', async () => {
    startWith();
    const known = knownIn(await ask(await startServer(), '/public/x', STRANGER));
    expect(known).toMatchObject({ session: SESSION, tenant: 'acme', admin: 'true' });
    expect(idsOf(await serverSpan())).toMatchObject({ traceId: TRACE, parent: PARENT });
  });

  it('is linked to a caller whose route says so', async () => {
    startWith({ route: '/public/*', mode: 'link', baggage: ['tenant.id'] });
    const known = knownIn(await ask(await startServer(), '/public/x', STRANGER));
    expect(known).toMatchObject({ tenant: 'acme' });
    expect([known.session === SESSION, known.admin]).toEqual([false, undefined]);
    const span = await serverSpan();
    expect(idsOf(span).parent).toBeUndefined();
    expect(idsOf(span).traceId).not.toBe(TRACE);
    expect(span.links.map(({ context: { traceId, spanId } }) => [traceId, spanId])).toEqual([[TRACE, PARENT]]);
    expect(span.attributes['session.id']).toBe(known.session);
  });

  it('takes nothing of a stranger whose route ignores it, and hands nothing of it on', async () => {
    startWith({ route: '/public', mode: 'ignore' });
    const known = knownIn(await ask(await startServer(), '/public/x', STRANGER));
    const span = await serverSpan();
    expect([idsOf(span).parent, span.links]).toEqual([undefined, []]);
    expect(JSON.stringify([known, span.attributes])).not.toMatch(
      new RegExp(`${SESSION}|${TRACE}|${PARENT}|acme|admin=`),
    );
    expect(known.onward['traceparent']).toContain(idsOf(span).traceId);
  });

  it('is recorded though its caller is not sampled, where the route says so', async () => {
    startWith({ route: '/agent', sampling: 'ignore' });
    const headers = { traceparent: `00-${TRACE}-${PARENT}-00` };
    const url = await startServer();
    await ask(url, '/elsewhere', headers);
    await ask(url, '/agent', headers);
    const span = await serverSpan();
    expect(idsOf(span)).toMatchObject({ traceId: TRACE, parent: PARENT });
    expect(span.attributes['url.path']).toBe('/agent');
  });
});

describe('a request through traceHandler alone', () => {
  it('follows the rules too', async () => {
    startWith({ route: ({ host }) => host === 'public.test', mode: 'link', baggage: false });
    const handler = traceHandler(() => new Response(look()));
    const answer = await handler(new Request('https://public.test/x', { headers: STRANGER }));
    const known = knownIn(await answer.text());
    expect([known.session === SESSION, known.tenant]).toEqual([false, undefined]);
    expect((await serverSpan()).links).toHaveLength(1);
  });
});
