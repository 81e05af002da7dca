import { once } from 'node:events';
import * as http from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { text } from 'node:stream/consumers';
import { SpanKind } from '@opentelemetry/api';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { injectContext, session, withSpan } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServers, serve, serveEcho, valuesOf } from '../support/node-servers.js';
import { idsOf, record, waitFor, type EndedSpan, type Recorder } from '../support/node-spans.js';

const FOREIGN = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

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

/** Every name resolves to loopback. */
const toLoopback: LookupFunction = (_hostname, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

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

describe('the policy', () => {
  it('gives a public name nothing, even where it resolves to loopback', async () => {
    session.addBaggage('secret', 'x');
    await read(http.get({ host: 'service.example', port: echo.port, lookup: toLoopback }));
    expect(Object.keys(echo.heads[0]?.headers ?? {})).toEqual(['host', 'connection']);
    await clientSpan();
  });

  it('gives a public name headers that propagateTo names', async () => {
    await recorder.stop();
    recorder = record({ propagateTo: ['http://service.example:*'] });
    await read(http.get({ host: 'service.example', port: echo.port, lookup: toLoopback }));
    arrived();
  });

  it('gives nobody anything when propagateTo is false', async () => {
    await recorder.stop();
    recorder = record({ propagateTo: false });
    await read(http.get(echo.url));
    await fetch(echo.url);
    expect(echo.heads.map(head => head.headers['traceparent'])).toEqual([undefined, undefined]);
  });

  it('looks at where the request goes, not at the Host header the app made up', async () => {
    const options = { port: echo.port, lookup: toLoopback };
    await read(http.get({ ...options, host: 'service.example', headers: { host: 'localhost' } }));
    await read(http.get({ ...options, host: '127.0.0.1', headers: { host: 'service.example' } }));
    expect(echo.heads.map(head => head.headers['traceparent'] !== undefined)).toEqual([false, true]);
  });

  it('takes no path for a host', async () => {
    await read(http.get({ host: 'service.example', port: echo.port, lookup: toLoopback, path: '//localhost/x' }));
    await read(http.get(`${echo.url}//service.example/x`));
    await (await fetch(`${echo.url}//service.example/x`)).text();
    expect(echo.heads.map(head => head.headers['traceparent'] !== undefined)).toEqual([false, true, true]);
    const urls = (await clientSpan(3), clientSpans().map(span => span.attributes['server.address']));
    expect(urls).toEqual(['service.example', '127.0.0.1', '127.0.0.1']);
  });

  it('asks about the URL that a proxy is asked for', async () => {
    await read(http.get({ port: echo.port, family: 4, path: 'http://service.example/x' }));
    expect(echo.heads[0]?.headers['traceparent']).toBeUndefined();
    expect((await clientSpan()).attributes['url.full']).toBe('http://service.example/x');
  });

  it('gives a destination the headers and the baggage its rule names', async () => {
    await recorder.stop();
    const outgoing = [
      { to: 'http://service.example:*', headers: ['traceparent'], baggage: ['tenant.*'] },
      { to: `${echo.url}/plain`, headers: false },
    ];
    recorder = record({ propagateTo: ['*'], telemetry: { context: { propagation: ['w3c', 'b3'], outgoing } } });
    session.addBaggage('tenant.id', 'acme');
    session.addBaggage('secret', 'x');
    await read(http.get({ host: 'service.example', port: echo.port, lookup: toLoopback }));
    await (await fetch(`${echo.url}/plain`)).text();
    await (await fetch(`${echo.url}/rest`)).text();
    const sent = echo.heads.map(({ headers }) => ['traceparent', 'b3', 'baggage'].filter(name => headers[name]));
    expect(sent).toEqual([['traceparent', 'baggage'], [], ['traceparent', 'b3', 'baggage']]);
    expect(echo.heads[0]?.headers['baggage']).toBe('tenant.id=acme');
    expect(echo.heads[2]?.headers['baggage']).toContain('secret=x');
  });

  it('matches a default port that a destination spells out', async () => {
    await recorder.stop();
    recorder = record({ propagateTo: ['http://service.example:80'] });
    const proxied = { port: echo.port, host: '127.0.0.1' };
    await read(http.get({ ...proxied, path: 'http://service.example/x' }));
    await read(http.get({ ...proxied, path: 'http://service.example:8080/x' }));
    expect(echo.heads.map(head => head.headers['traceparent'] !== undefined)).toEqual([true, false]);
  });

  it.each<[string, Parameters<typeof fetch>[1]]>([
    ['GET', {}],
    ['POST', { method: 'POST', body: 'x' }],
  ])('takes the headers off a %s of fetch that is redirected off the list, and puts them on again', async (_, init) => {
    await recorder.stop();
    const hops: IncomingMessage[] = [];
    const redirectTo = (location: () => string) =>
      serve((request, response) => {
        hops.push(request);
        request.resume();
        response.writeHead(307, { location: location() }).end();
      });
    const off = await redirectTo(() => `${echo.url}/landed`);
    const first = await redirectTo(() => `${off}/off`);
    recorder = record({
      propagateTo: false,
      telemetry: { context: { outgoing: [{ to: [first, echo.url], baggage: true }] } },
    });
    session.addBaggage('secret', 'x');
    expect(await (await fetch(`${first}/start`, { ...init, headers: { 'x-own': 'kept' } })).text()).toBe('echo');
    const seen = [...hops, ...echo.heads].map(({ url, headers }) => [
      url,
      headers['x-own'],
      headers['traceparent'] !== undefined,
      headers['baggage'] !== undefined,
    ]);
    expect(seen).toEqual([
      ['/start', 'kept', true, true],
      ['/off', 'kept', false, false],
      ['/landed', 'kept', true, true],
    ]);
  });

  it('decides for each hop of a redirect, each a span', async () => {
    await recorder.stop();
    const first: IncomingMessage[] = [];
    const url = await serve((request, response) => {
      first.push(request);
      response.writeHead(302, { location: `http://127.0.0.1:${echo.port}/landed` }).end();
    });
    // `localhost` is named, 127.0.0.1 is not reached through it: a policy of functions stands for any other.
    recorder = record({ propagateTo: [destination => destination.pathname === '/landed'] });
    expect(await (await fetch(`${url}/start`)).text()).toBe('echo');
    await clientSpan(2);
    const spanIds = [first[0], echo.heads[0]].map(head => head?.headers['traceparent']?.toString().split('-')[2]);
    expect(spanIds).toEqual(clientSpans().map(span => idsOf(span).spanId));
  });
});

describe('headers the app has set', () => {
  const sends: [string, (headers: Record<string, string>) => Promise<unknown>][] = [
    ['http', headers => read(http.get(echo.url, { headers }))],
    ['fetch', headers => fetch(echo.url, { headers }).then(response => response.text())],
  ];

  it.each(sends)('by injectContext become one traceparent that names the client span, over %s', async (_, send) => {
    await withSpan('caller', async () => {
      session.addBaggage('k', 'v');
      await send(injectContext({ Baggage: 'other=1' }));
    });
    const span = await clientSpan();
    expect(arrived()).toContain(idsOf(span).spanId);
    expect(valuesOf(echo.heads[0], 'baggage')).toHaveLength(1);
    expect(echo.heads[0]?.headers['baggage']).toMatch(/(^|,)k=v(,|$)/);
  });

  it.each(sends)('that name a foreign trace stay, over %s', async (_, send) => {
    await send({ traceparent: FOREIGN, tracestate: 'a=b', baggage: 'own=1' });
    expect(arrived()).toBe(FOREIGN);
    expect(echo.heads[0]?.headers).toMatchObject({ tracestate: 'a=b', baggage: 'own=1' });
  });

  it.each(sends)('as baggage members win over ours, over %s', async (_, send) => {
    session.addBaggage('k', 'ours');
    session.addBaggage('more', '1');
    await send({ baggage: 'k=theirs' });
    const members = valuesOf(echo.heads[0], 'baggage')[0]?.split(',');
    expect(members).toEqual(expect.arrayContaining(['k=theirs', 'more=1']));
    expect(members).not.toContain('k=ours');
  });
});

describe("OpenTelemetry's instrumentation of undici beside ours", () => {
  it.each(['after', 'before'])('leaves one traceparent when it is enabled %s', async order => {
    if (order === 'before') await recorder.stop();
    const theirs = new UndiciInstrumentation();
    theirs.enable();
    if (order === 'before') recorder = record();
    await withSpan('caller', async () => void (await (await fetch(echo.url)).text()));
    theirs.disable();
    const caller = await recorder.span('caller');
    expect(arrived()).toContain(idsOf(caller).traceId);
    expect(valuesOf(echo.heads[0], 'baggage').length).toBeLessThan(2);
    await clientSpan(2);
  });
});
