import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, type Context } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import {
  guard,
  noteResponse,
  openClientSpan,
  outgoingHeaders,
  type ContextSpan,
  type Instruments,
} from '@agentops/shared';
import { isLeaving } from './leaving.js';
import { requestUrl } from './request-url.js';

/** What undici says of a request on its diagnostics channels. Version 5 keeps headers as text, later ones as a flat list. */
interface UndiciRequest {
  readonly origin: string | URL;
  readonly path: string;
  readonly method: string;
  readonly upgrade?: string | null | undefined;
  headers: string | string[];
  addHeader(name: string, value: string): unknown;
}

interface Message {
  readonly request: UndiciRequest;
  readonly response?: { readonly statusCode: number };
  readonly error?: unknown;
}

/** Opens a span for every request of the global `fetch` and of undici: each hop of a redirect is one. */
export function instrumentFetch(instruments: Instruments): () => void {
  const spans = new WeakMap<UndiciRequest, ContextSpan>();
  const answered = new WeakSet<UndiciRequest>();
  const steps: Record<string, (message: Message) => void> = {
    create: ({ request }) => {
      if (request.method === 'CONNECT' || isTracingSuppressed(context.active())) return;
      // The handshake of a WebSocket. Nothing tells when one went well, so its span would never end.
      if (request.upgrade) return carry(instruments, request, { context: context.active(), url: urlOf(request) });
      spans.set(request, open(instruments, request));
    },
    headers: ({ request, response }) => {
      const span = spans.get(request);
      if (span && response) noteResponse(span, response.statusCode);
      answered.add(request);
    },
    trailers: ({ request }) => spans.get(request)?.end(),
    error: ({ request, error }) => {
      if (answered.has(request) && isLeaving(error)) spans.get(request)?.end();
      else spans.get(request)?.fail(error);
    },
  };
  const listeners = Object.entries(steps).map(([name, step]) => {
    const listener = (message: unknown) => guard('tracing a fetch', () => step(message as Message));
    subscribe(`undici:request:${name}`, listener);
    return () => unsubscribe(`undici:request:${name}`, listener);
  });
  return () => listeners.forEach(stop => stop());
}

function open(instruments: Instruments, request: UndiciRequest): ContextSpan {
  const url = urlOf(request);
  const span = openClientSpan(instruments, request.method, url);
  carry(instruments, request, { context: span.context, url });
  return span;
}

function urlOf({ path, origin }: UndiciRequest): URL {
  return requestUrl(path, new URL(origin).origin);
}

function carry(instruments: Instruments, request: UndiciRequest, where: { context: Context; url: URL }): void {
  const headers = outgoingHeaders(instruments, where, name => readHeader(request, name));
  for (const [name, value] of headers) writeHeader(request, name, value);
  keepOnce(request, headers);
}

function readHeader({ headers }: UndiciRequest, name: string): string | undefined {
  if (typeof headers === 'string') return headerLine(name).exec(headers)?.[1];
  const at = indexOf(headers, name);
  return at < 0 ? undefined : headers[at + 1];
}

function writeHeader(request: UndiciRequest, name: string, value: string): void {
  if (typeof request.headers === 'string') request.headers = request.headers.replace(headerLine(name), '');
  else {
    const at = indexOf(request.headers, name);
    if (at >= 0) request.headers.splice(at, 2);
  }
  request.addHeader(name, value);
}

/** Who else traces `fetch` adds headers after us. Two `traceparent` are none to the receiver, so what is there stays the only one. */
function keepOnce(request: UndiciRequest, written: ReadonlyMap<string, string>): void {
  const addHeader = request.addHeader;
  request.addHeader = (name, value) =>
    written.has(name.toLowerCase()) ? request : addHeader.call(request, name, value);
}

function indexOf(headers: string[], name: string): number {
  return headers.findIndex((header, index) => index % 2 === 0 && String(header).toLowerCase() === name);
}

function headerLine(name: string): RegExp {
  return new RegExp(`^${name}: (.*)\\r\\n`, 'im');
}
