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
export interface XhrCall {
  readonly method: string;
  readonly url: URL;
  /** Trace headers the app has set. They wait for `send`: what is set on an XMLHttpRequest twice goes out joined, and is then invalid. */
  readonly held: Map<string, string>;
  /** From `send` on: ends the span, for another call takes its place. */
  leave?: () => void;
}

const HELD = new Set<string>([...TRACE_HEADERS, 'baggage']);

/** What the browser takes without an error. Anything else goes to it at once, so that the app gets the error where it expects it. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Requests that hold headers, at most; past it headers go to the browser at once. */
const MAX_HOLDING = 64;

/** What is known of each XMLHttpRequest between `open` and its end. */
export class XhrCalls {
  readonly #instruments: Instruments;
  readonly #setHeader = XMLHttpRequest.prototype.setRequestHeader;
  readonly #calls = new WeakMap<XMLHttpRequest, XhrCall>();
  readonly #holding = new Map<XMLHttpRequest, XhrCall>();

  constructor(instruments: Instruments) {
    this.#instruments = instruments;
  }

  of(request: XMLHttpRequest): XhrCall | undefined {
    return this.#calls.get(request);
  }

  open(request: XMLHttpRequest, method: unknown, target: unknown): void {
    this.of(request)?.leave?.();
    this.restore(request, undefined);
    const url = httpUrl(target);
    if (url) this.#calls.set(request, { method: String(method), url, held: new Map() });
  }

  /** Puts back the call that was there before an `open` that failed: it is still the one to be sent. */
  restore(request: XMLHttpRequest, call: XhrCall | undefined): void {
    this.#holding.delete(request);
    if (call) this.#calls.set(request, call);
    else this.#calls.delete(request);
  }

  /** Keeps a header for `send`; false when it must not wait. */
  hold(request: XMLHttpRequest, name: string, value: string): boolean {
    const call = this.of(request);
    if (!call || call.leave || !HELD.has(name) || !PLAIN.test(value)) return false;
    if (request.readyState !== XMLHttpRequest.OPENED || this.#holding.size >= MAX_HOLDING) return false;
    const before = call.held.get(name);
    call.held.set(name, before === undefined ? value : `${before}, ${value}`);
    this.#holding.set(request, call);
    return true;
  }

  /** Opens the span and sets the headers, once for each `open`. */
  send(request: XMLHttpRequest): ContextSpan | undefined {
    const call = this.of(request);
    if (!call || call.leave) return undefined;
    const { method, url, held } = call;
    const span = openClientSpan(this.#instruments, method, url);
    call.leave = endWith(request, span);
    this.#release(
      request,
      call,
      outgoingHeaders(this.#instruments, { context: span.context, url }, name => held.get(name)),
    );
    return span;
  }

  /** Sets every header that still waits, for nobody will be there at `send`. */
  releaseAll(): void {
    for (const [request, call] of this.#holding) this.#release(request, call, new Map());
  }

  #release(request: XMLHttpRequest, { held }: XhrCall, added: Map<string, string>): void {
    this.#holding.delete(request);
    for (const [name, value] of new Map([...held, ...added])) this.#setHeader.call(request, name, value);
  }
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
