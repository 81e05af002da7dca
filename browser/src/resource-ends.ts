/** Requests whose end is awaited at most. Past it the oldest counts as over, lest a page of endless streams keeps spans for ever. */
const MAX_PENDING = 256;

/** Clocks of a page are coarsened, so an entry may seem to start a little before the call that caused it. */
const COARSENESS_MS = 1;

/** A `fetch` under way. Times are those of `performance.now()`. */
export interface PendingFetch {
  readonly url: string;
  readonly startedMs: number;
  /** From the answer on. `undefined` stands for now. */
  over?: (endMs?: number) => void;
  /** Set when the end is known before the answer has reached us. */
  endMs?: number;
}

/** Tells when the body of a response is over, without touching it. */
export interface ResourceEnds {
  /** Right before the request starts. */
  start(url: URL): PendingFetch;
  /** The request was answered: `over` is told when it ends. */
  wait(pending: PendingFetch, over: (endMs?: number) => void): void;
  /** The request has failed. */
  forget(pending: PendingFetch): void;
  /** Takes what the browser has recorded and not told yet. */
  read(): void;
  stop(): void;
}

/**
 * The browser's own record of requests (Resource Timing) has the end of each, streams included. Reading a clone instead would buffer
 * the stream, and keep its connection open after the app has cancelled.
 */
export function watchResourceEnds(): ResourceEnds {
  const underWay = new Set<PendingFetch>();
  const settle = (pending: PendingFetch, endMs: number) => {
    underWay.delete(pending);
    if (pending.over) pending.over(endMs);
    else pending.endMs = endMs;
  };
  const take = (entries: PerformanceEntryList) => {
    for (const entry of entries as PerformanceResourceTiming[]) {
      const pending = matching(underWay, entry);
      if (pending) settle(pending, entry.responseEnd);
    }
  };
  const observer = new PerformanceObserver(list => take(list.getEntries()));
  observer.observe({ type: 'resource' });
  return {
    start(url) {
      const [oldest] = underWay;
      if (oldest && underWay.size >= MAX_PENDING) settle(oldest, performance.now());
      const pending: PendingFetch = { url: withoutHash(url.href), startedMs: performance.now() };
      underWay.add(pending);
      return pending;
    },
    wait(pending, over) {
      if (pending.endMs === undefined) pending.over = over;
      else over(pending.endMs);
    },
    forget: pending => void underWay.delete(pending),
    read: () => take(observer.takeRecords()),
    stop() {
      observer.disconnect();
      for (const pending of underWay) pending.over?.();
    },
  };
}

/** Of several requests for one URL, the one that started nearest to the entry, and was answered. */
function matching(underWay: Iterable<PendingFetch>, entry: PerformanceResourceTiming): PendingFetch | undefined {
  // What got no answer is not waited for; its entry must not pass for another's.
  if (entry.initiatorType !== 'fetch' || entry.responseStatus === 0) return undefined;
  const url = withoutHash(entry.name);
  let found: PendingFetch | undefined;
  let least = Infinity;
  for (const pending of underWay) {
    const lag = entry.startTime - pending.startedMs;
    const distance = Math.abs(lag) + (pending.over ? 0 : COARSENESS_MS);
    if (pending.url !== url || lag < -COARSENESS_MS || distance >= least) continue;
    found = pending;
    least = distance;
  }
  return found;
}

/** Browsers differ in whether an entry's name has it. */
function withoutHash(url: string): string {
  return url.replace(/#.*/, '');
}
