interface BodyWatcher {
  /** The app has taken the stream in hand. */
  touched(): void;
  over(): void;
  fail(error: unknown): void;
}

type Method = (...args: never[]) => unknown;

/**
 * Tells how the reading of `response.body` ends. Resource Timing does not: WebKit records no response that was cancelled or broke off,
 * and Firefox not when. The stream stays the browser's own; only its methods are listened to, and only once the app asks for it.
 */
export function watchBody(response: Response, watcher: BodyWatcher): void {
  Object.defineProperty(response, 'body', {
    configurable: true,
    get() {
      const body = Reflect.get(Response.prototype, 'body', response) as ReadableStream<unknown> | null;
      watcher.touched();
      if (body && !Object.hasOwn(body, 'getReader')) watchStream(body, watcher);
      return body;
    },
  });
}

function watchStream(stream: ReadableStream<unknown>, { over, fail }: BodyWatcher): void {
  const { getReader, cancel, pipeTo, pipeThrough } = stream;
  const iterate = stream[Symbol.asyncIterator] as (typeof stream)[typeof Symbol.asyncIterator] | undefined;

  shadow(stream, 'getReader', (...args: []) => {
    const reader = getReader.apply(stream, args);
    // To release a reader rejects its `closed` too, but ends nothing.
    reader.closed.then(over, error => stream.locked && fail(error));
    return reader;
  });
  shadow(stream, 'cancel', (...args: [reason?: unknown]) => {
    if (!stream.locked) over();
    return cancel.apply(stream, args);
  });
  shadow(stream, 'pipeTo', (...args: Parameters<typeof pipeTo>) =>
    pipeTo.apply(stream, args).then(over, error => {
      // What breaks off is a TypeError; anything else was said by the other end of the pipe.
      if (error instanceof TypeError) fail(error);
      else over();
      throw error;
    }),
  );
  shadow(stream, 'pipeThrough', (...args: Parameters<typeof pipeThrough>) => {
    const [{ readable, writable }, options] = args;
    if (stream.locked || writable.locked) return pipeThrough.apply(stream, args);
    stream.pipeTo(writable, options).catch(() => {});
    return readable;
  });
  if (!iterate) return;
  shadow(stream, Symbol.asyncIterator, (...args: []) => {
    const iterator = iterate.apply(stream, args);
    const leave = iterator.return;
    if (leave) {
      shadow(iterator, 'return', (...values: []) => {
        over();
        return leave.apply(iterator, values);
      });
    }
    return iterator;
  });
}

function shadow(target: object, name: PropertyKey, value: Method): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}
