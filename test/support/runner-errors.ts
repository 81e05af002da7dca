// WTR clones a failed test's `actual` and `expected` to send them; a function, promise or Response in them makes the
// whole file hang until its time-out.
import { stringify } from '@vitest/utils/display';

/** The body as a function without parameters whose errors carry `actual` and `expected` as text. */
export function withReadableErrors(body: () => unknown): () => Promise<void> {
  return async () => {
    try {
      await body();
    } catch (error) {
      throw readable(error);
    }
  };
}

/** As under vitest, an unhandled rejection fails the file, unless the test called its `preventDefault()`. */
export function failOnLostRejections(after: (body: () => Promise<void>) => void): void {
  const rejections: PromiseRejectionEvent[] = [];
  addEventListener('unhandledrejection', event => rejections.push(event));
  after(async () => {
    // The event comes a task later than the rejection.
    await new Promise(resolve => setTimeout(resolve, 10));
    const lost = rejections.find(event => !event.defaultPrevented);
    if (lost) throw new Error(`unhandled rejection: ${stringify(lost.reason)}`, { cause: lost.reason });
  });
}

function readable(error: unknown): unknown {
  if (!(error instanceof Error)) return new Error(`thrown: ${stringify(error)}`);
  for (const key of ['actual', 'expected']) {
    if (key in error) Object.assign(error, { [key]: stringify(Reflect.get(error, key)) });
  }
  return error;
}
