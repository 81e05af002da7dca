import {
  noteResponse,
  openClientSpan,
  outgoingHeaders,
  TRACE_HEADERS,
  type ContextSpan,
  type Instruments,
} from '@agentops/shared';
import { httpUrl } from './page-url.js';

/** What an XMLHttpRequest is opened for. */
interface XhrCall {
  readonly method: string;
  readonly url: URL;
  /** Trace headers the app has set. They wait for `send`: what is set on an XMLHttpRequest twice goes out joined, and is then invalid. */
  readonly held: Map<string, string>;
  /** From `send` on: ends the span, for another call takes its place. */
  leave?: () => void;
}

/** What is known of each XMLHttpRequest between `open` and its end. */
export interface XhrCalls {
  /** Returns how to undo it, for an `open` that fails: the call before is still the one to be sent. */
  open(request: XMLHttpRequest, method: unknown, target: unknown): () => void;
  /** Keeps a header for `send`; false when it must not wait. */
  hold(request: XMLHttpRequest, name: string, value: string): boolean;
  /** Opens the span and sets the headers, once for each `open`. */
  send(request: XMLHttpRequest): ContextSpan | undefined;
  /** Sets every header that still waits, for nobody will be there at `send`. */
  releaseAll(): void;
}

const HELD = new Set<string>([...TRACE_HEADERS, 'baggage']);

/** What the browser takes without an error. Anything else goes to it at once, so that the app gets the error where it expects it. */
const PLAIN = /^[ -~]*$/;

/** Requests that hold headers, at most; past it headers go to the browser at once. */
const MAX_HOLDING = 64;

export function createXhrCalls(instruments: Instruments): XhrCalls {
  const { setRequestHeader } = XMLHttpRequest.prototype;
  const calls = new WeakMap<XMLHttpRequest, XhrCall | undefined>();
  const holding = new Map<XMLHttpRequest, XhrCall>();
  const set = (request: XMLHttpRequest, call: XhrCall | undefined) => {
    holding.delete(request);
    calls.set(request, call);
  };
  const release = (request: XMLHttpRequest, { held }: XhrCall, added?: Map<string, string>) => {
    holding.delete(request);
    for (const [name, value] of new Map([...held, ...(added ?? [])])) setRequestHeader.call(request, name, value);
  };
  return {
    open(request, method, target) {
      const before = calls.get(request);
      before?.leave?.();
      const url = httpUrl(target);
      set(request, url && { method: String(method), url, held: new Map() });
      return () => set(request, before);
    },
    hold(request, name, value) {
      const call = calls.get(request);
      if (!call || call.leave || !HELD.has(name) || !PLAIN.test(value)) return false;
      if (request.readyState !== XMLHttpRequest.OPENED || holding.size >= MAX_HOLDING) return false;
      const before = call.held.get(name);
      call.held.set(name, before === undefined ? value : `${before}, ${value}`);
      holding.set(request, call);
      return true;
    },
    send(request) {
      const call = calls.get(request);
      if (!call || call.leave) return undefined;
      const { method, url, held } = call;
      const span = openClientSpan(instruments, method, url);
      call.leave = endWith(request, span);
      release(
        request,
        call,
        outgoingHeaders(instruments, { context: span.context, url }, name => held.get(name)),
      );
      return span;
    },
    releaseAll() {
      for (const [request, call] of holding) release(request, call);
    },
  };
}

function endWith(request: XMLHttpRequest, span: ContextSpan): () => void {
  const listening = new AbortController();
  const finish = (type: string) => {
    listening.abort();
    // A request that fails is done as well, but has no status.
    if (request.readyState === XMLHttpRequest.DONE && request.status) {
      noteResponse(span, request.status);
      span.end();
    } else span.fail({ name: type, message: `the request ended with ${type}` });
  };
  // `loadend` for an app that stops the event before it; but one that is not done belongs to the call before, whose `load` sent this one.
  const onEnd = ({ type }: Event) => {
    if (request.readyState === XMLHttpRequest.DONE) finish(type);
  };
  for (const type of ['load', 'error', 'abort', 'timeout', 'loadend']) {
    request.addEventListener(type, onEnd, { signal: listening.signal });
  }
  return () => finish('abort');
}
