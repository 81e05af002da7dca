import { context, type Context } from '@opentelemetry/api';

/** What a stream is followed for. Each of the two ends is told once at most. */
export interface StreamObserver {
  /** In which the source is pulled. */
  readonly context: Context;
  /** Read to the end, or cancelled by the reader. */
  succeed(): void;
  fail(error: unknown): void;
}

/**
 * Passes `stream` through and tells `observer` how it ends. Nothing is read ahead and nothing is kept (no `tee`), so the reader's pace is
 * the source's pace, and the reader's cancel is the source's cancel. A byte stream stays one.
 */
export function followStream(stream: ReadableStream<unknown>, observer: StreamObserver): ReadableStream<unknown> {
  if (stream.locked) {
    observer.succeed();
    return stream;
  }
  const bytes = isByteStream(stream);
  const reader = stream.getReader();
  const source = {
    pull: (controller: Controller) =>
      context
        .with(observer.context, () => reader.read())
        .then(
          chunk => {
            if (!chunk.done) return controller.enqueue(chunk.value);
            observer.succeed();
            close(controller);
          },
          (error: unknown) => {
            observer.fail(error);
            controller.error(error);
          },
        ),
    cancel: (reason: unknown) => {
      observer.succeed();
      return reader.cancel(reason);
    },
  };
  return bytes
    ? new ReadableStream({ ...source, type: 'bytes' } as UnderlyingByteSource, { highWaterMark: 0 })
    : new ReadableStream(source, { highWaterMark: 0 });
}

interface Controller {
  enqueue(chunk: unknown): void;
  close(): void;
  error(reason: unknown): void;
  readonly byobRequest?: { respond(bytes: number): void } | null;
}

function isByteStream(stream: ReadableStream<unknown>): boolean {
  try {
    (stream as ReadableStream<Uint8Array<ArrayBuffer>>).getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

function close(controller: Controller): void {
  controller.close();
  // A reader that waits with a buffer of its own is only answered so.
  controller.byobRequest?.respond(0);
}
