import type { FlushOptions } from '@agentops/shared/api';
import { abandonSends } from './send.js';

/** How long the end of the process may be held up, in milliseconds. */
export const EXIT_DEADLINE_MS = 2_000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Calls `flush` when the process is about to end, and changes nothing about how it ends: an event loop that has run dry ends with the
 * exit code it had, a signal nobody handles still kills, a second one at once, and a signal the app handles is left to the app.
 */
export function flushOnExit(flush: (options: FlushOptions) => Promise<unknown>): () => void {
  const flushInTime = () => flush({ timeoutMs: EXIT_DEADLINE_MS });
  let flushed = false;
  const beforeExit = () => {
    // Flushing gives the loop work, and so makes it run dry once more.
    if (flushed) return;
    flushed = true;
    // A connection that is being made, or a body being written, would hold the loop past the deadline.
    void flushInTime().finally(abandonSends);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    // Libraries count the listeners to see whether they alone decide, so ours is away until all of them have been called.
    process.off(signal, onSignal);
    const handledByApp = process.listenerCount(signal) > 0;
    if (handledByApp) process.nextTick(watch, signal);
    else stop();
    void flushInTime().finally(() => {
      if (!handledByApp) process.kill(process.pid, signal);
    });
  };
  let stopped = false;
  // First of all listeners: one that the app has added with `once` is gone, and not counted, once it has been called.
  const watch = (signal: NodeJS.Signals) => {
    if (!stopped) process.prependListener(signal, onSignal);
  };
  const stop = () => {
    stopped = true;
    process.off('beforeExit', beforeExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.on('beforeExit', beforeExit);
  SIGNALS.forEach(watch);
  return stop;
}
