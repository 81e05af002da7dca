import { guard, type ExitHooks } from '@agentops/shared';
import { abandonSends } from './send.js';
import { sendAtExit } from './send-at-exit.js';

/** How long the end of the process may be held up, in milliseconds. */
export const EXIT_DEADLINE_MS = 2_000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Has everything sent when the process is about to end, and changes nothing about how it ends: an event loop that has run dry ends with the
 * exit code it had, `process.exit()` and what nobody catches end at once, a signal nobody handles still kills, a second one at once, and a
 * signal the app handles is left to the app.
 */
export function flushOnExit(hooks: ExitHooks): () => void {
  const flushInTime = () => hooks.flush({ timeoutMs: EXIT_DEADLINE_MS });
  let heldMs = 0;
  const holdUp = async () => {
    const startedMs = performance.now();
    await flushInTime();
    heldMs = performance.now() - startedMs;
  };
  // The last turn, whatever it was that ended the process.
  const onExit = () => {
    const deadlineMs = performance.now() + EXIT_DEADLINE_MS - heldMs;
    guard('sending at exit', () => sendAtExit(hooks.leaveSync(), deadlineMs));
  };
  let flushed = false;
  const beforeExit = () => {
    // Flushing gives the loop work, and so makes it run dry once more.
    if (flushed) return;
    flushed = true;
    // A connection that is being made, or a body being written, would hold the loop past the deadline.
    void holdUp().finally(abandonSends);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    // Libraries count the listeners to see whether they alone decide, so ours is away until all of them have been called.
    process.off(signal, onSignal);
    const handledByApp = process.listenerCount(signal) > 0;
    if (handledByApp) {
      process.nextTick(watch, signal);
      return void flushInTime();
    }
    stop();
    void holdUp().finally(() => {
      onExit();
      process.kill(process.pid, signal);
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
    process.off('exit', onExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.on('beforeExit', beforeExit);
  process.on('exit', onExit);
  SIGNALS.forEach(watch);
  return stop;
}
