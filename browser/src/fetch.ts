import {
  guard,
  noteResponse,
  openClientSpan,
  outgoingHeaders,
  patch,
  type ContextSpan,
  type Instruments,
} from '@agentops/shared';
import type { ResourceEnds } from './resource-ends.js';

type Fetch = typeof globalThis.fetch;

interface TracedFetch {
  readonly span: ContextSpan;
  readonly init: RequestInit | undefined;
  readonly signal: AbortSignal | null | undefined;
  readonly end: Promise<number>;
}

/** Opens a span for every `fetch`, and adds the headers its destination may have. Bodies, both ways, are not touched. */
export function instrumentFetch(instruments: Instruments, ends: ResourceEnds): () => void {
  return patch(globalThis, 'fetch', original => {
    const fetch = (original as Fetch).bind(globalThis);
    return (input: RequestInfo | URL, init?: RequestInit) => {
      const traced = guard('tracing a fetch', () => open({ instruments, ends }, input, init));
      return traced ? follow(fetch(input, traced.init), traced) : fetch(input, init);
    };
  });
}

function open(
  { instruments, ends }: { instruments: Instruments; ends: ResourceEnds },
  input: RequestInfo | URL,
  init: RequestInit | undefined,
): TracedFetch | undefined {
  const { url, method, headers, signal } = describe(input, init);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  const end = ends.of(url);
  const span = openClientSpan(instruments, method, url);
  const added = outgoingHeaders(instruments, { context: span.context, url }, name => headers.get(name) ?? undefined);
  for (const [name, value] of added) headers.set(name, value);
  return { span, end, signal, init: added.size ? { ...init, headers } : init };
}

/** What `fetch` makes of its parameters: `init` goes before a `Request`, and its headers take the place of all of the request's. */
function describe(input: RequestInfo | URL, init: RequestInit = {}) {
  const request = input instanceof Request ? input : undefined;
  return {
    url: new URL(request?.url ?? String(input), document.baseURI),
    method: init.method ?? request?.method ?? 'GET',
    headers: new Headers(init.headers ?? request?.headers),
    signal: init.signal ?? request?.signal,
  };
}

/** Handed on rather than watched from the side: a second listener would pass for one that handles a failure. */
function follow(response: Promise<Response>, { span, signal, end }: TracedFetch): Promise<Response> {
  return response.then(
    received => {
      guard('following a response', () => {
        noteResponse(span, received.status);
        if (!received.body) return span.end();
        signal?.addEventListener('abort', () => span.fail(signal.reason), { once: true });
        void end.then(epochMs => span.end(epochMs));
      });
      return received;
    },
    (error: unknown) => {
      span.fail(error);
      throw error;
    },
  );
}
