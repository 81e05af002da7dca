// A page with the toolkit and a collector at one origin, for journeys of real tabs.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

interface ReceivedSpan {
  readonly spanId: string;
  readonly name: string;
  readonly attributes: readonly { key: string; value: { boolValue?: boolean } }[];
}

export interface PageServer {
  readonly url: string;
  /** Of the exports that were answered; what came again under the same id counts once, as with every receiver that knows these ids. */
  readonly spans: ReceivedSpan[];
  /** While true, a request for the collector loses its connection. */
  isDown: boolean;
  close(): Promise<void>;
}

const script = readFileSync(join(import.meta.dirname, '../../browser/dist/agentops.min.js'));

/** Nothing leaves the page by itself for a minute. Firefox forgets requests in the back/forward cache, and the page waits for them. */
const config = JSON.stringify({ endpoint: '/otlp', telemetry: { batch: { delayMs: 60_000, timeoutMs: 3_000 } } });
const page = `<!doctype html><meta name="agentops" content='${config}'><script src="/agentops.min.js"></script>`;

export async function startPageServer(): Promise<PageServer> {
  const spans: ReceivedSpan[] = [];
  const seen = new Set<unknown>();
  const state = { isDown: false };
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    '/': (_, response) => response.setHeader('content-type', 'text/html').end(page),
    '/elsewhere': (_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'),
    '/agentops.min.js': (_, response) => response.setHeader('content-type', 'text/javascript').end(script),
    '/otlp/v1/traces': async (request, response) => {
      const body = await buffer(request);
      if (state.isDown) return response.destroy();
      const id = request.headers['agentops-batch-id'];
      if (!seen.has(id))
        spans.push(...decode(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
      seen.add(id);
      return response.setHeader('content-type', 'application/json').end('{}');
    },
  };
  const server = createServer((request, response) => {
    const route = routes[request.url ?? ''];
    if (route) void Promise.resolve(route(request, response)).catch(() => response.destroy());
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    spans,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

function decode(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body.toString()) as {
    resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[];
  };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans));
}
