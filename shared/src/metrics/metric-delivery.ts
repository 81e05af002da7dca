import { backoffMs } from '../export/retry.js';
import { startTimer } from '../timers.js';
import type { MetricBackend } from './metric-backend.js';
import type { MetricLedger } from './metric-ledger.js';
import type { EncodedMetrics, MetricQueue } from './metric-queue.js';

export interface MetricDelivery {
  /** Sends what waits; resolves with whether all of it has been dealt with. */
  start(): Promise<boolean>;
  /** Resolves when what has been started is over. */
  ended(): Promise<unknown> | undefined;
  inFlight(): EncodedMetrics | undefined;
  /** Whether each export is tried once, for somebody waits for it. */
  hurry(isHurried: boolean): void;
}

interface Parts {
  readonly backend: MetricBackend;
  readonly queue: MetricQueue;
  readonly ledger: MetricLedger;
  /** For one export, its repeats included. */
  readonly timeoutMs: number;
}

/** Gets what waits to the backend, one after the other. */
export function createMetricDelivery({ backend, queue, ledger, timeoutMs }: Parts): MetricDelivery {
  let delivering: Promise<boolean> | undefined;
  let inFlight: EncodedMetrics | undefined;
  let notBeforeMs = 0;
  let isHurried = false;
  let wake = () => {};

  const deliver = async (): Promise<boolean> => {
    const deadlineMs = performance.now() + timeoutMs;
    for (let failures = 0; !ledger.isRefused() && (inFlight = queue.take());) {
      const outcome = await backend.send(inFlight.body, deadlineMs - performance.now());
      ledger.note(outcome);
      if (!('error' in outcome) || !outcome.retry) {
        ledger.settle(inFlight, outcome);
        continue;
      }
      queue.giveBack(inFlight);
      inFlight = undefined;
      const waitMs = outcome.waitMs ?? backoffMs(++failures);
      notBeforeMs = performance.now() + (outcome.waitMs ?? 0);
      if (isHurried || performance.now() + waitMs >= deadlineMs) return false;
      await new Promise<void>(resolve => startTimer((wake = resolve), waitMs));
    }
    return true;
  };
  return {
    async start() {
      if (!isHurried && performance.now() < notBeforeMs) return false;
      delivering ??= deliver().finally(() => {
        delivering = inFlight = undefined;
      });
      return delivering;
    },
    ended: () => delivering,
    inFlight: () => inFlight,
    hurry(hurried) {
      isHurried = hurried;
      if (hurried) wake();
    },
  };
}
