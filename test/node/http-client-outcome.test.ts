import { once } from 'node:events';
import * as http from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServers, listen, serve, serveEcho } from '../support/node-servers.js';
import { record, waitFor, type EndedSpan, type Recorder } from '../support/node-spans.js';

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

describe('what becomes of a request', () => {
  async function refusedUrl(): Promise<string> {
    const url = await listen(createNetServer());
    await closeServers();
    return url;
  }

  it('that is refused reaches the app as it does without us, and fails the span', async () => {
    const url = await refusedUrl();
    const [error] = (await once(http.get(url), 'error').catch((thrown: unknown) => [thrown])) as [
      NodeJS.ErrnoException,
    ];
    expect(error.code).toBe('ECONNREFUSED');
    const span = await clientSpan();
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.events.map(event => event.name)).toEqual(['exception']);
  });

  it('that fetch cannot make rejects with the cause, and fails the span', async () => {
    await expect(fetch(await refusedUrl())).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect((await clientSpan()).status.code).toBe(SpanStatusCode.ERROR);
  });

  it('with an error nobody listens for still throws', async () => {
    const request = http.get(echo.url);
    expect(request.listenerCount('error')).toBe(0);
    expect(() => request.emit('error', new Error('nobody listens'))).toThrow('nobody listens');
    request.on('error', () => {}).destroy();
  });

  it('whose response nobody listens for still drains, and its span ends', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const url = await serve((_, response) => response.end('x'.repeat(1_000_000)));
    const request = http.get(url, { agent });
    await once(request, 'close');
    agent.destroy();
    expect((await clientSpan()).attributes['http.response.status_code']).toBe(200);
  });

  it('that the app destroys before an answer ends its span', async () => {
    const url = await serve(() => {});
    const request = http.get(url);
    request.on('error', () => {});
    await once(request, 'finish');
    const closed = new Promise(resolve => request.on('close', resolve));
    request.destroy();
    await closed;
    await clientSpan();
  });

  it('that the app aborts ends its span', async () => {
    const url = await serve(() => {});
    const controller = new AbortController();
    const request = http.get(url, { signal: controller.signal });
    const failed = new Promise(resolve => request.on('error', resolve));
    controller.abort();
    expect(await failed).toMatchObject({ name: 'AbortError' });
    expect((await clientSpan()).status.code).toBe(SpanStatusCode.ERROR);
  });

  it('whose answer breaks off fails the span, whether or not the app listens', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('part', () => response.socket?.destroy());
    });
    const [response] = (await once(http.get(url), 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'close').catch(() => {});
    const span = await clientSpan();
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.attributes['http.response.status_code']).toBe(200);
  });

  it('whose answer the app leaves ends the span without an error', async () => {
    const url = await serve((_, response) => void response.writeHead(200).write('endless'));
    const [response] = (await once(http.get(url), 'response')) as [IncomingMessage];
    response.destroy();
    expect((await clientSpan()).status.code).toBe(SpanStatusCode.UNSET);
  });

  it('that is upgraded ends its span with 101', async () => {
    const server = http.createServer();
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n');
    });
    const url = await listen(server);
    const request = http.get(url, { headers: { connection: 'upgrade', upgrade: 'chat' } });
    await once(request, 'upgrade');
    expect((await clientSpan()).attributes['http.response.status_code']).toBe(101);
  });

  it.each([404, 500])('answered %i is an error of the client span', async status => {
    const url = await serve((_, response) => response.writeHead(status).end());
    await read(http.get(url));
    const span = await clientSpan();
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.attributes['error.type']).toBe(String(status));
  });

  it('ends its span when the body has been read, not when the head arrives', async () => {
    let finish = () => {};
    const url = await serve((_, response) => {
      response.writeHead(200).write('first');
      finish = () => response.end('last');
    });
    const [response] = (await once(http.get(url), 'response')) as [IncomingMessage];
    await recorder.all('GET', 0);
    finish();
    expect(await text(response)).toBe('firstlast');
    await clientSpan();
  });
});
