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
  let answered = false;
  let left = false;
  const fail = (error: unknown) => (left ? span.end() : span.fail(error));
  const responded = (response: IncomingMessage) => {
    bindEmitter(response, caller, event => {
      if (event !== 'close') return;
      if (response.errored) fail(response.errored);
      else span.end();
    });
  };
  watchDestroy(request, error => {
    left ||= answered && isLeaving(error);
  });
  bindEmitter(request, caller, (event, value) => {
    if (HEAD_EVENTS.has(String(event))) noteResponse(span, (value as IncomingMessage).statusCode ?? 0);
    if (event === 'response') {
      answered = true;
      guard('tracing a response', () => responded(value as IncomingMessage));
    }
    if (event === 'error') fail(value);
    // An upgraded or destroyed request has no response to wait for.
    if (event === 'close' && !answered) span.end();
  });
  // Headers passed as an array have left already: such a request is seen, but carries nothing.
  if (request.headersSent) return;
  const headers = outgoingHeaders(instruments, { context: span.context, url }, name => text(request.getHeader(name)));
  for (const [name, value] of headers) request.setHeader(name, value);
}

/** The app leaves an answer by destroying the request, also where it breaks out of a loop. Afterwards that looks as if it had broken off. */
function watchDestroy(request: ClientRequest, destroyed: (error: unknown) => void): void {
  const { destroy } = request;
  const value = function watchedDestroy(this: ClientRequest, error?: Error) {
    destroyed(error);
    return destroy.call(this, error);
  };
  Object.defineProperty(request, 'destroy', { value, configurable: true, writable: true });
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
