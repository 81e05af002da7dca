// A page with the toolkit and a collector at one origin, for journeys of real tabs.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { decodeMetrics, type WireMetric } from './otlp-metrics.js';

interface ReceivedSpan {
  readonly spanId: string;
  readonly name: string;
  readonly attributes: readonly { key: string; value: { boolValue?: boolean } }[];
}

export interface PageServer {
  readonly url: string;
  /** Of the exports that were answered; what came again under the same id counts once, as with every receiver that knows these ids. */
  readonly spans: ReceivedSpan[];
  /** Of every export that arrived whole, answered or not: a backend of metrics cannot tell a repeat. */
  readonly metrics: WireMetric[];
  /** While true, a request for the collector loses its connection. */
  isDown: boolean;
  /** While true, metrics are taken and not answered. */
  isSilent: boolean;
  close(): Promise<void>;
}

const script = readFileSync(join(import.meta.dirname, '../../browser/dist/agentops.min.js'));

/** The same with metrics, which that one has not. */
function buildWithMetrics(): Uint8Array {
  const { outputFiles } = buildSync({
    stdin: {
      contents: "export * from '@agentops/web/metrics'; export * from '@agentops/web';",
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'iife',
    globalName: 'AgentOps',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

/** Nothing leaves the page by itself for a minute. Firefox forgets requests in the back/forward cache, and the page waits for them. */
const config = JSON.stringify({
  endpoint: '/otlp',
  telemetry: { batch: { delayMs: 60_000, timeoutMs: 3_000 }, metrics: { timeoutMs: 3_000 } },
});
const page = (file: string) =>
  `<!doctype html><meta name="agentops" content='${config}'><script src="/${file}"></script>`;

export async function startPageServer(): Promise<PageServer> {
  const spans: ReceivedSpan[] = [];
  const metrics: WireMetric[] = [];
  const seen = new Set<unknown>();
  const state = { isDown: false, isSilent: false };
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    '/': (_, response) => response.setHeader('content-type', 'text/html').end(page('agentops.min.js')),
    '/metrics': (_, response) => response.setHeader('content-type', 'text/html').end(page('with-metrics.js')),
    '/elsewhere': (_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'),
    '/agentops.min.js': (_, response) => response.setHeader('content-type', 'text/javascript').end(script),
    '/with-metrics.js': (_, response) => response.setHeader('content-type', 'text/javascript').end(buildWithMetrics()),
    '/otlp/v1/metrics': async (request, response) => {
      const body = await buffer(request);
      if (state.isDown) return response.destroy();
      metrics.push(...decodeMetrics('application/json', unpack(request, body)));
      return state.isSilent || response.setHeader('content-type', 'application/json').end('{}');
    },
    '/otlp/v1/traces': async (request, response) => {
      const body = await buffer(request);
      if (state.isDown) return response.destroy();
      const id = request.headers['agentops-batch-id'];
      if (!seen.has(id)) spans.push(...decode(unpack(request, body)));
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
    metrics,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

function unpack({ headers }: IncomingMessage, body: Buffer): Buffer {
  return headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function decode(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body.toString()) as {
    resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[];
  };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans));
}
