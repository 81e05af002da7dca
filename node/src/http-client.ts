import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { context } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { guard, noteResponse, openClientSpan, outgoingHeaders, patch, type Instruments } from '@agentops/shared';
import { bindEmitter } from './emitter-context.js';

type Request = (...args: unknown[]) => ClientRequest;
type HttpModule = { request: Request; get: Request };

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
    if (!isTracingSuppressed(context.active())) guard('tracing a request', () => follow(instruments, created));
    return created;
  };
}

function follow(instruments: Instruments, request: ClientRequest): void {
  const url = urlOf(request);
  const caller = context.active();
  const span = openClientSpan(instruments, request.method, url);
  const responded = (response: IncomingMessage) => {
    noteResponse(span, response.statusCode ?? 0);
    bindEmitter(response, caller, event => {
      if (event === 'close') span.end();
    });
  };
  bindEmitter(request, caller, (event, value) => {
    if (event === 'response') guard('tracing a response', () => responded(value as IncomingMessage));
    if (event === 'error') span.fail(value);
    // An upgraded or destroyed request has no response to wait for.
    if (event === 'close' && !('res' in request && request.res)) span.end();
  });
  // Headers passed as an array have left already: such a request is seen, but carries nothing.
  if (request.headersSent) return;
  const headers = outgoingHeaders(instruments, { context: span.context, url }, name => text(request.getHeader(name)));
  for (const [name, value] of headers) request.setHeader(name, value);
}

function urlOf(request: ClientRequest): URL {
  const host = text(request.getHeader('host')) ?? request.host;
  return new URL(request.path, `${request.protocol}//${host}`);
}

function text(header: number | string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header);
}
