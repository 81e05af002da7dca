import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { context } from '@opentelemetry/api';
import { guard, patch, type ContextSpan, type Instruments } from '@agentops/shared';
import { bindEmitter } from './emitter-context.js';
import { closeServerSpan, enableServerSpans, openServerSpan, setRoute } from './server-span.js';

/** Shared by all copies of the library: the middleware of one finds the span that another has opened. */
const SPAN = Symbol.for('agentops.server-span.v0');

/** Each hands the app a request to answer; an app that listens for one of the last two gets no `request` of it. */
const REQUEST_EVENTS = new Set(['request', 'checkContinue', 'checkExpectation']);

const ROUTE = Symbol('agentops.route');

type Traced = IncomingMessage & { [SPAN]?: ContextSpan | undefined };
type Routed = Traced & { baseUrl?: unknown; [ROUTE]?: { path?: unknown } | undefined };

/** Opens a span for every request of every `http` and `https` server, also of those that exist already. */
export function instrumentHttpServer(instruments: Instruments): () => void {
  const undo = [
    enableServerSpans(instruments),
    watchRoutes(http.IncomingMessage.prototype),
    patchEmit(http.Server.prototype),
    patchEmit(https.Server.prototype),
  ];
  return () => undo.forEach(restore => restore());
}

/** The open span of a request, opened now where no server instrumentation has seen it. */
export function serverSpanOf(request: IncomingMessage, response: ServerResponse): ContextSpan | undefined {
  const traced = request as Traced;
  return (traced[SPAN] ??= guard('tracing a request', () => open(request, response)));
}

function patchEmit(server: { emit: (event: string, ...args: never[]) => boolean }): () => void {
  return patch(server, 'emit', emit => {
    return function emitInSpan(this: unknown, ...args: Parameters<typeof emit>) {
      const [event, request, response] = args as unknown as [string, IncomingMessage, ServerResponse];
      const span = REQUEST_EVENTS.has(event) ? serverSpanOf(request, response) : undefined;
      return span ? context.with(span.context, () => emit.apply(this as never, args)) : emit.apply(this as never, args);
    };
  });
}

function open(request: IncomingMessage, response: ServerResponse): ContextSpan | undefined {
  const method = request.method ?? 'GET';
  const path = withoutQuery(request.url ?? '/');
  const scheme = 'encrypted' in request.socket ? 'https' : 'http';
  const span = openServerSpan({ method, scheme, path, host: request.headers.host, headers: request.headers });
  if (!span) return undefined;
  bindEmitter(request, span.context);
  bindEmitter(response, span.context, event => {
    if (event === 'close') guard('ending a request', () => close(span, response));
  });
  if (request.headers['sec-fetch-dest'] === 'document' && !response.headersSent) announce(span, response);
  return span;
}

function withoutQuery(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function close(span: ContextSpan, response: ServerResponse): void {
  if (!response.writableFinished) span.addEvent('client.disconnected');
  closeServerSpan(span, response.headersSent ? response.statusCode : undefined);
}

/**
 * Express puts the route it takes on the request. It is read there and then, for `baseUrl` belongs to it only now: once a handler has failed it is
 * an outer router's.
 */
function watchRoutes(requests: object): () => void {
  Object.defineProperty(requests, 'route', {
    configurable: true,
    get(this: Routed) {
      return this[ROUTE];
    },
    set(this: Routed, route: Routed[typeof ROUTE]) {
      this[ROUTE] = route;
      const span = this[SPAN];
      if (span && typeof route?.path === 'string' && typeof this.baseUrl === 'string') {
        setRoute(span, this.method ?? 'GET', this.baseUrl + route.path);
      }
    },
  });
  return () => Reflect.deleteProperty(requests, 'route');
}

/** Tells the page that is being loaded which trace it belongs to: the page reads this entry of its own navigation. */
function announce(span: ContextSpan, response: ServerResponse): void {
  const { traceId, spanId, traceFlags } = span.spanContext();
  response.appendHeader('Server-Timing', `traceparent;desc="00-${traceId}-${spanId}-0${traceFlags & 1}"`);
}
