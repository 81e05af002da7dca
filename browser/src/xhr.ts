import {
  guard,
  noteResponse,
  openClientSpan,
  outgoingHeaders,
  patch,
  TRACE_HEADERS,
  type ContextSpan,
  type Instruments,
} from '@agentops/shared';

interface Call {
  readonly method: string;
  readonly url: URL;
  /** Trace headers the app has set. They wait for `send`: what is set on an XMLHttpRequest twice goes out joined, and is then invalid. */
  readonly held: Map<string, string>;
}

const HELD = new Set<string>([...TRACE_HEADERS, 'baggage']);

/** Opens a span for every `XMLHttpRequest`, and adds the headers its destination may have. */
export function instrumentXhr(instruments: Instruments): () => void {
  const calls = new WeakMap<XMLHttpRequest, Call>();
  const { prototype } = XMLHttpRequest;
  const setHeader = prototype.setRequestHeader;
  const undo = [
    patch(prototype, 'open', open => {
      return function (this: XMLHttpRequest, ...args: Parameters<typeof open>) {
        const [method, url] = args as unknown as [string, string | URL];
        calls.delete(this);
        const parsed = guard('tracing a request', () => new URL(String(url), document.baseURI));
        if (parsed) calls.set(this, { method: String(method), url: parsed, held: new Map() });
        return open.apply(this, args);
      };
    }),
    patch(prototype, 'setRequestHeader', set => {
      return function (this: XMLHttpRequest, name: string, value: string) {
        const held =
          HELD.has(String(name).toLowerCase()) && this.readyState === XMLHttpRequest.OPENED && calls.get(this)?.held;
        if (held) held.set(name.toLowerCase(), value);
        else set.call(this, name, value);
      };
    }),
    patch(prototype, 'send', send => {
      return function (this: XMLHttpRequest, ...args: Parameters<typeof send>) {
        const call = calls.get(this);
        const span = call && guard('tracing a request', () => trace(this, call));
        try {
          return send.apply(this, args);
        } catch (error) {
          span?.fail(error);
          throw error;
        }
      };
    }),
  ];

  function trace(request: XMLHttpRequest, { method, url, held }: Call): ContextSpan {
    const span = openClientSpan(instruments, method, url);
    const added = outgoingHeaders(instruments, { context: span.context, url }, name => held.get(name));
    for (const [name, value] of new Map([...held, ...added])) setHeader.call(request, name, value);
    held.clear();
    endWith(request, span);
    return span;
  }

  return () => undo.forEach(restore => restore());
}

function endWith(request: XMLHttpRequest, span: ContextSpan): void {
  for (const failure of ['error', 'abort', 'timeout']) {
    request.addEventListener(
      failure,
      () => span.fail({ name: failure, message: `the request ended with ${failure}` }),
      { once: true },
    );
  }
  request.addEventListener(
    'load',
    () => {
      noteResponse(span, request.status);
      span.end();
    },
    { once: true },
  );
}
