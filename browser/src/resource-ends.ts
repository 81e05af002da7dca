import { toEpochMs } from './clock.js';

/** Requests whose end is awaited at most. Past it the oldest counts as over, lest a page of endless streams keeps spans for ever. */
const MAX_WAITING = 256;

/** Clocks of a page are coarsened, so an entry may seem to start a little before the call that caused it. */
const COARSENESS_MS = 1;

interface Waiting {
  readonly url: string;
  readonly startedMs: number;
  readonly resolve: (epochMs: number) => void;
}

/** Tells when the body of a response is over, without touching it. */
export interface ResourceEnds {
  /** Epoch milliseconds at which the request for `url` that starts now was over: read, cancelled, aborted or failed. */
  of(url: URL): Promise<number>;
  /** Everything that is awaited counts as over. */
  stop(): void;
}

/**
 * The browser's own record of requests (Resource Timing) has the end of each, streams included. Reading a clone instead would buffer
 * the stream, and keep its connection open after the app has cancelled.
 */
export function watchResourceEnds(): ResourceEnds {
  const waiting = new Set<Waiting>();
  const settle = (request: Waiting, endMs: number) => {
    waiting.delete(request);
    request.resolve(toEpochMs(endMs));
  };
  const observer = new PerformanceObserver(list => {
    for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
      const request = matching(waiting, entry);
      if (request) settle(request, entry.responseEnd || performance.now());
    }
  });
  observer.observe({ type: 'resource' });
  return {
    of: url =>
      new Promise(resolve => {
        const [oldest] = waiting;
        if (oldest && waiting.size >= MAX_WAITING) settle(oldest, performance.now());
        waiting.add({ url: withoutHash(url), startedMs: performance.now(), resolve });
      }),
    stop() {
      observer.disconnect();
      for (const request of waiting) settle(request, performance.now());
    },
  };
}

/** Of several requests for one URL, the last that had started when the entry did. */
function matching(waiting: Iterable<Waiting>, entry: PerformanceResourceTiming): Waiting | undefined {
  let found: Waiting | undefined;
  for (const request of waiting) {
    const started = request.startedMs <= entry.startTime + COARSENESS_MS;
    if (request.url === entry.name && started && (!found || request.startedMs > found.startedMs)) found = request;
  }
  return found;
}

function withoutHash(url: URL): string {
  return url.href.slice(0, url.href.length - url.hash.length);
}
