import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { allowAccess, answerPreflight } from './access.js';
import { HttpError } from './http-error.js';
import { createLiveEvents } from './live-events.js';
import { pageRoutes } from './page-files.js';
import { receiverRoutes } from './receiver/receiver.js';
import { sendJson } from './respond.js';
import { findRoute, restOf, type Route } from './route.js';
import type { ViewerSpan } from './span.js';
import { createStore, type TraceStore } from './store/store.js';
import { traceRoutes } from './trace-api.js';

export interface ViewerOptions {
  /** @default 4318, where OTLP/HTTP exporters send when they are told nothing; 0 picks a free one */
  port?: number | undefined;
  /** @default '127.0.0.1' */
  host?: string | undefined;
  /** @default 100,000 */
  maxSpans?: number | undefined;
  /** Called with each batch of spans after it was stored. */
  onSpans?: ((spans: ViewerSpan[]) => void) | undefined;
}

export interface Viewer {
  url: string;
  port: number;
  store: TraceStore;
  close(): Promise<void>;
}

/** Sixty seconds for a request to arrive whole: nobody needs longer on loopback. */
const REQUEST_TIMEOUT_MS = 60_000;
/** For answers that are on their way when the viewer is closed. */
const CLOSE_GRACE_MS = 300;

/** Starts the local trace viewer: an OTLP receiver, a bounded store, and the page that shows it. */
export async function startViewer(options: ViewerOptions = {}): Promise<Viewer> {
  const { port = 4318, host = '127.0.0.1', maxSpans, onSpans } = options;
  const store = createStore(maxSpans === undefined ? {} : { maxSpans });
  const events = createLiveEvents(store);
  const routes = [...receiverRoutes({ store, onSpans }), ...traceRoutes(store), events.route, ...pageRoutes()];

  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    handle({ request, response, routes, host }).catch((error: unknown) => fail(response, error));
  });
  try {
    await listen(server, port, host);
  } catch (error) {
    events.close();
    throw error;
  }
  const { port: boundPort } = server.address() as AddressInfo;
  return { url: `http://${nameInUrl(host)}:${boundPort}`, port: boundPort, store, close };

  async function close(): Promise<void> {
    events.close();
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    await closed;
    clearTimeout(deadline);
  }
}

interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  routes: Route[];
  host: string;
}

async function handle({ request, response, routes, host }: Call): Promise<void> {
  allowAccess(request, response, host);
  if (request.method === 'OPTIONS') {
    answerPreflight(request, response);
    return;
  }
  const target = request.url ?? '/';
  if (!URL.canParse(target, 'http://viewer')) throw new HttpError(400, 'the request target is not a URL');
  const url = new URL(target, 'http://viewer');
  const route = findRoute(routes, request.method ?? 'GET', url.pathname);
  if ('handle' in route) {
    await route.handle({ request, response, url, rest: restOf(route, url.pathname) });
    return;
  }
  if (route.allow.length === 0) throw new HttpError(404, `nothing at ${url.pathname.slice(0, 100)}`);
  response.setHeader('allow', route.allow.join(', '));
  throw new HttpError(405, `${request.method} is not for this path`);
}

/** A client that went away in the middle of its request is nobody to answer to. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, message } = error instanceof HttpError ? error : new HttpError(500, String(error));
  // The body may not have been read to its end.
  response.setHeader('connection', 'close');
  sendJson(response, status, { message });
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => reject(new Error(whyNotListening(cause, port, host), { cause })));
    server.listen(port, host, resolve);
  });
}

function whyNotListening(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code !== 'EADDRINUSE') return `cannot listen on ${host}:${port}: ${error.message}`;
  return `port ${port} on ${host} is already in use: stop what listens there, or choose another port`;
}

function nameInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
