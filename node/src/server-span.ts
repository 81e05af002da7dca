import { SpanKind, SpanStatusCode, type SpanStatus } from '@opentelemetry/api';
import { failSpan, serverAttributes, spanNameOf, type ContextSpan, type Instruments } from '@agentops/shared';
import { createIncomingPolicy, type IncomingPolicy } from '@agentops/shared/propagation/incoming-policy';
import { leaveRequest } from '@agentops/shared/session/leave-request';
import { headerGetter, type RequestHeaders } from './header-getter.js';

/*
 * The span of a request that has come in, shared by the ways it can come in: Node's http servers, the frameworks on top of them, and
 * `Request` handlers. Whoever sees the request first opens the span; the others find it and add what they know.
 */

let current: { readonly instruments: Instruments; readonly admit: IncomingPolicy } | undefined;

/**
 * How the `User-Agent` of our exports begins, whatever their version. By this a server knows that it is being sent spans, and makes no
 * span of it: in one process that would never end.
 */
export const EXPORTER_AGENT = 'agentops-exporter/';

/** Server spans are opened from now on, until the returned function is called. */
export function enableServerSpans(instruments: Instruments): () => void {
  const enabled = {
    instruments,
    admit: createIncomingPolicy(instruments.incoming, instruments.propagator, headerGetter),
  };
  current = enabled;
  return () => {
    if (current === enabled) current = undefined;
  };
}

export interface IncomingRequest {
  readonly method: string;
  readonly scheme: string;
  /** Without the query. */
  readonly path: string;
  readonly host: string | undefined;
  readonly headers: RequestHeaders;
}

/** Opens the span where the incoming policy puts it, in a request scope of its own. `undefined` when tracing is off. */
export function openServerSpan(request: IncomingRequest): ContextSpan | undefined {
  if (!current || isExport(request)) return undefined;
  const { context, links } = current.admit(request);
  const options = { kind: SpanKind.SERVER, attributes: serverAttributes(request.method, request), links };
  return current.instruments.tracing.start(spanNameOf(request.method), options, context);
}

function isExport({ headers }: IncomingRequest): boolean {
  return String(headerGetter.get(headers, 'user-agent')).startsWith(EXPORTER_AGENT);
}

/** Names the span after the route template, such as `GET /users/:id`. */
export function setRoute(span: ContextSpan, method: string, route: string): void {
  span.setAttribute('http.route', route).updateName(`${spanNameOf(method)} ${route}`);
}

/** Records what a handler threw. Frameworks answer a caller's mistakes (4xx) by throwing, too: those fail no span. */
export function recordHandlerError(span: ContextSpan, error: unknown): void {
  const { statusCode, status = statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown };
  if (Number(status) >= 400 && Number(status) < 500) span.recordException(error);
  else failSpan(span.span, error);
}

/** A server's own failures are errors; a caller's mistakes (4xx) are not. */
export function closeServerSpan(span: ContextSpan, status: number | undefined): void {
  if (status) span.setAttribute('http.response.status_code', status);
  // What a handler threw says more than the 500 it led to.
  if (status && status >= 500 && !hasFailed(span))
    span.setAttribute('error.type', String(status)).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
  if (current) leaveRequest(span.context, current.instruments.tracing.sessions);
}

function hasFailed({ span }: ContextSpan): boolean {
  return (span as { status?: SpanStatus }).status?.code === SpanStatusCode.ERROR;
}
