/** How long the end of the process may be held up, in milliseconds. */
export const EXIT_DEADLINE_MS = 2_000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Calls `flush` when the process is about to end, and changes nothing about how it ends: an event loop that has run dry ends with the
 * exit code it had, a signal nobody handles still kills, and a signal the app handles is left to the app.
 */
export function flushOnExit(flush: () => Promise<unknown>): () => void {
  let flushed = false;
  const beforeExit = () => {
    // Flushing gives the loop work, and so makes it run dry once more.
    if (flushed) return;
    flushed = true;
    void flush();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    const handledByApp = process.listenerCount(signal) > 1;
    void flush().finally(() => {
      if (handledByApp) return;
      stop();
      process.kill(process.pid, signal);
    });
  };
  const stop = () => {
    process.off('beforeExit', beforeExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.on('beforeExit', beforeExit);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return stop;
}
