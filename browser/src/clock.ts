/** Epoch milliseconds of a performance timestamp, on the wall clock as it is now: the page's time origin drifts while a laptop sleeps. */
export function toEpochMs(performanceMs: number): number {
  return performanceMs + (Date.now() - performance.now());
}
