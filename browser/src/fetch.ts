import {
  guard,
  noteResponse,
  openClientSpan,
  outgoingHeaders,
  patch,
  type ContextSpan,
  type Instruments,
} from '@agentops/shared';
import { toEpochMs } from './clock.js';
import { httpUrl } from './page-url.js';
import type { PendingFetch, ResourceEnds } from './resource-ends.js';
import { watchBody } from './watch-body.js';

type Fetch = typeof globalThis.fetch;

/** Chromium records no end of a response that nobody reads: after this time it counts as over when it was answered. */
const UNREAD_MS = 1_000;

interface TracedFetch {
  readonly args: Parameters<Fetch>;
  readonly span: ContextSpan;
  readonly pending: PendingFetch;
  readonly signal: AbortSignal | null | undefined;
}

/**
 * Opens a span for every `fetch`, and adds the headers its destination may have. Bodies, both ways, are not touched. Redirects are followed by
 * the browser, out of sight: headers go where the first destination sends them.
 */
export function instrumentFetch(instruments: Instruments, ends: ResourceEnds): () => void {
  return patch(globalThis, 'fetch', original => {
    const send = (original as Fetch).bind(globalThis);
    return (...args: Parameters<Fetch>) => {
      const traced = guard('tracing a fetch', () => open({ instruments, ends }, args));
      return traced ? follow(send(...traced.args), traced, ends) : send(...args);
    };
  });
}

function open(
  { instruments, ends }: { instruments: Instruments; ends: ResourceEnds },
  args: Parameters<Fetch>,
): TracedFetch | undefined {
  const call = describe(args);
  if (!call) return undefined;
  const { url, method, headers, signal } = call;
  const span = openClientSpan(instruments, method, url);
  const added = outgoingHeaders(instruments, { context: span.context, url }, name => headers.get(name) ?? undefined);
  return { span, signal, pending: ends.start(url), args: added.size ? withHeaders(args, added) : args };
}

/** What `fetch` makes of its parameters: `init` goes before a `Request`, and its headers take the place of all of the request's. */
function describe([input, init]: Parameters<Fetch>) {
  try {
    // Not `instanceof`: a `Request` may come from another frame.
    const request = Object(input) as Partial<Request>;
    const url = httpUrl(request.url ?? input);
    return (
      url && {
        url,
        method: init?.method ?? request.method ?? 'GET',
        headers: new Headers(init?.headers ?? request.headers),
        signal: init?.signal ?? request.signal,
      }
    );
  } catch {
    // `fetch` will refuse it as well, and tell the app.
    return undefined;
  }
}

/**
 * The browser itself puts `input` and `init` together: done by hand that loses the referrer policy of a `Request`, and all of an `init`
 * that is one.
 */
function withHeaders(args: Parameters<Fetch>, headers: Map<string, string>): Parameters<Fetch> {
  try {
    const request = new Request(...args);
    for (const [name, value] of headers) request.headers.set(name, value);
    return [request];
  } catch {
    // Refused, as above.
    return args;
  }
}

/** Handed on rather than watched from the side: a second listener would pass for one that handles a failure. */
function follow(response: Promise<Response>, traced: TracedFetch, ends: ResourceEnds): Promise<Response> {
  return response.then(
    received => {
      guard('following a response', () => followBody(received, traced, ends));
      return received;
    },
    (error: unknown) => {
      ends.forget(traced.pending);
      traced.span.fail(error);
      throw error;
    },
  );
}

function followBody(received: Response, { span, pending, signal }: TracedFetch, ends: ResourceEnds): void {
  const answeredMs = performance.now();
  let touched = false;
  const isRead = () => touched || received.bodyUsed;
  const over = (endMs?: number) => {
    const nowMs = isRead() ? performance.now() : answeredMs;
    signal?.removeEventListener('abort', abort);
    // Its entry may still come, and must find it; the response need not be kept for that.
    if (pending.over) pending.over = () => {};
    span.end(toEpochMs(Math.max(answeredMs, endMs ?? nowMs)));
  };
  const fail = (error: unknown) => {
    span.fail(error);
    over();
  };
  const abort = () => {
    // A body that has been read to its end can no longer be aborted.
    ends.read();
    fail(signal?.reason);
  };

  // Opaque responses have none.
  if (received.status) noteResponse(span, received.status);
  signal?.addEventListener('abort', abort);
  watchBody(received, { touched: () => void (touched = true), over, fail });
  // Firefox records the end of a stream that breaks off before its reader hears of it.
  ends.wait(pending, endMs => void (touched ? setTimeout(over, 0, endMs) : over(endMs)));
  setTimeout(() => isRead() || over(), UNREAD_MS);
}
