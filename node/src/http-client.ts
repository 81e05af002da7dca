import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { context } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { guard, noteResponse, openClientSpan, outgoingHeaders, patch, type Instruments } from '@agentops/shared';
import { bindEmitter } from './emitter-context.js';
import { isLeaving } from './leaving.js';
import { requestUrl } from './request-url.js';

type Request = (...args: unknown[]) => ClientRequest;
type HttpModule = { request: Request; get: Request };

/** What is known of a request under way. */
interface Call {
  answered: boolean;
  /** The app has seen enough of the answer. */
  left: boolean;
}

/** Shared by all copies of the library: one of them patches, any may have opened the span. */
const CALL = Symbol.for('agentops.client-call.v0');
type Called = ClientRequest & { [CALL]?: Call };

/** What comes with the head of an answer. */
const HEAD_EVENTS = new Set(['response', 'upgrade', 'connect']);

/** Opens a span for every request through `http` and `https`, and adds the headers its destination may have. */
export function instrumentHttpClient(instruments: Instruments): () => void {
  const undo = [http as HttpModule, https as HttpModule].flatMap(module => [
    patch(module, 'request', request => trace(instruments, request)),
    // Node's `get` calls its own `request`, not the one that is exported.
    patch(module, 'get', () => (...args: unknown[]) => {
      const request = module.request(...args);
      request.end();
      return request;
    }),
  ]);
  undo.push(watchLeaving(http.ClientRequest.prototype));
  syncBuiltinESMExports();
  return () => {
    undo.forEach(restore => restore());
    syncBuiltinESMExports();
  };
}

function trace(instruments: Instruments, original: Request): Request {
  return function request(this: unknown, ...args: unknown[]) {
    const created = original.apply(this, args);
    if (!isTracingSuppressed(context.active()))
      guard('tracing a request', () => follow(instruments, created, urlOf(created, portOf(args))));
    return created;
  };
}

function follow(instruments: Instruments, request: ClientRequest, url: URL): void {
  const caller = context.active();
  const span = openClientSpan(instruments, request.method, url);
  const call: Call = ((request as Called)[CALL] = { answered: false, left: false });
  const fail = (error: unknown) => (call.left ? span.end() : span.fail(error));
  const responded = (response: IncomingMessage) => {
    bindEmitter(response, caller, event => {
      if (event !== 'close') return;
      if (response.errored) fail(response.errored);
      else span.end();
    });
  };
  bindEmitter(request, caller, (event, value) => {
    if (HEAD_EVENTS.has(String(event))) noteResponse(span, (value as IncomingMessage).statusCode ?? 0);
    if (event === 'response') {
      call.answered = true;
      guard('tracing a response', () => responded(value as IncomingMessage));
    }
    if (event === 'error') fail(value);
    // An upgraded or destroyed request has no response to wait for.
    if (event === 'close' && !call.answered) span.end();
  });
  // Headers passed as an array have left already: such a request is seen, but carries nothing.
  if (request.headersSent) return;
  const headers = outgoingHeaders(instruments, { context: span.context, url }, name => text(request.getHeader(name)));
  for (const [name, value] of headers) request.setHeader(name, value);
}

/** The app leaves an answer by destroying the request, also where it breaks out of a loop. Afterwards that looks as if it had broken off. */
function watchLeaving(requests: { destroy: ClientRequest['destroy'] }): () => void {
  return patch(requests, 'destroy', destroy => {
    return function destroyKnowingly(this: Called, error?: Error) {
      const call = this[CALL];
      if (call?.answered) call.left ||= isLeaving(error);
      return destroy.call(this, error);
    };
  });
}

/** Where the request goes, whatever its `Host` header claims: by that the policy decides. */
function urlOf({ protocol, host, path }: ClientRequest, port: string): URL {
  return requestUrl(path, `${protocol}//${host.includes(':') ? `[${host}]` : host}${port && `:${port}`}`);
}

/** A request does not say which port it goes to; of its parameters the options come last, and decide. */
function portOf([target, options]: unknown[]): string {
  const ports = [options, target].map(
    part => (typeof part === 'string' ? new URL(part) : (part as URL | undefined))?.port,
  );
  return String(ports.find(Boolean) ?? '');
}

function text(header: number | string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header);
}
