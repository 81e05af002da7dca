import type { FlushResult } from '../api.js';
import { sum } from '../export/tally.js';
import type { SpanQueue } from './batch.js';

/** Queues that still have something on its way. */
const MAX_QUEUES = 1_000;

/** What queues came to that nobody uses any more. */
export class PastQueues {
  readonly #pending = new Set<SpanQueue>();
  #settled: FlushResult = { delivered: 0, pending: 0, dropped: {} };

  add(queues: readonly SpanQueue[]): void {
    for (const queue of queues) this.#pending.add(queue);
    this.report();
    for (const queue of this.#pending) if (this.#pending.size > MAX_QUEUES) this.#settle(queue);
  }

  /** A span that had no queue any more. */
  drop(cause: string): void {
    this.#settled = sum([this.#settled, { delivered: 0, pending: 0, dropped: { [cause]: 1 } }]);
  }

  report(): FlushResult {
    for (const queue of this.#pending) if (!queue.report().pending) this.#settle(queue);
    return sum([this.#settled, ...[...this.#pending].map(queue => queue.report())]);
  }

  #settle(queue: SpanQueue): void {
    this.#settled = sum([this.#settled, queue.report()]);
    this.#pending.delete(queue);
  }
}
