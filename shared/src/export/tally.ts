import type { FlushResult } from '../api.js';
import { diagnostics } from '../diagnostics.js';

/** What became of the spans on their way to one backend, and of the attempts. */
export class Tally {
  delivered = 0;
  /** Kept by the spool for later. */
  kept = 0;
  readonly dropped: Record<string, number> = {};
  attempts = 0;
  failures = 0;
  /** Why the last attempt failed; `undefined` when it did not. */
  lastError: string | undefined;

  drop(cause: string, spans: number, error?: unknown): void {
    const before = this.dropped[cause];
    this.dropped[cause] = (before ?? 0) + spans;
    if (!before) diagnostics.warn(`export:${cause}`, `spans were not delivered (${cause}); the app goes on`, error);
  }

  fail(error: unknown): void {
    this.failures++;
    this.lastError = String((error as Error | undefined)?.message ?? error);
  }
}

/** One report out of several. */
export function sum(reports: readonly FlushResult[]): FlushResult {
  const total: FlushResult = { delivered: 0, pending: 0, dropped: {} };
  for (const report of reports) {
    total.delivered += report.delivered;
    total.pending += report.pending;
    for (const [cause, count] of Object.entries(report.dropped))
      total.dropped[cause] = (total.dropped[cause] ?? 0) + count;
  }
  return total;
}
