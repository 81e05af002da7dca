import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { context } from '@opentelemetry/api';
import { guard, patch, type ContextSpan, type Instruments } from '@agentops/shared';
import { bindEmitter } from './emitter-context.js';
import { EXPORTER_AGENT } from './send.js';

import { closeServerSpan, enableServerSpans, openServerSpan, setRoute } from './server-span.js';

const SPAN = Symbol('agentops.server-span');

type Traced = IncomingMessage & { [SPAN]?: ContextSpan | undefined };

/** Opens a span for every request of every `http` and `https` server, also of those that exist already. */
export function instrumentHttpServer(instruments: Instruments): () => void {
  const undo = [enableServerSpans(instruments), patchEmit(http.Server.prototype), patchEmit(https.Server.prototype)];
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
      const span = event === 'request' ? serverSpanOf(request, response) : undefined;
      return span ? context.with(span.context, () => emit.apply(this as never, args)) : emit.apply(this as never, args);
    };
  });
}

function open(request: IncomingMessage, response: ServerResponse): ContextSpan | undefined {
  if (request.headers['user-agent'] === EXPORTER_AGENT) return undefined;
  const method = request.method ?? 'GET';
  const [path = '/'] = (request.url ?? '/').split('?');
  const scheme = 'encrypted' in request.socket ? 'https' : 'http';
  const span = openServerSpan({ method, scheme, path, host: request.headers.host, headers: request.headers });
  if (!span) return undefined;
  bindEmitter(request, span.context);
  bindEmitter(response, span.context, event => {
    if (event === 'close') guard('ending a request', () => close(span, request, response));
  });
  if (request.headers['sec-fetch-dest'] === 'document') announce(span, response);
  return span;
}

function close(
  span: ContextSpan,
  request: IncomingMessage & { route?: unknown; baseUrl?: unknown },
  response: ServerResponse,
): void {
  const route = expressRoute(request);
  if (route) setRoute(span, request.method ?? 'GET', route);
  if (!response.writableFinished) span.addEvent('client.disconnected');
  closeServerSpan(span, response.headersSent ? response.statusCode : undefined);
}

/** Express leaves the route it took on the request. */
function expressRoute({ route, baseUrl }: { route?: unknown; baseUrl?: unknown }): string | undefined {
  const path = (route as { path?: unknown } | undefined)?.path;
  return typeof path === 'string' && typeof baseUrl === 'string' ? baseUrl + path : undefined;
}

/** Tells the page that is being loaded which trace it belongs to: the page reads this entry of its own navigation. */
function announce(span: ContextSpan, response: ServerResponse): void {
  const { traceId, spanId, traceFlags } = span.spanContext();
  response.setHeader('Server-Timing', `traceparent;desc="00-${traceId}-${spanId}-0${traceFlags & 1}"`);
}
