/** How long a trace must be quiet to count as complete: a batch exporter in a page or a service sends every second or less. */
const QUIET_MS = 1_000;

export interface QuietPrinter {
  /** Something new arrived for this trace. */
  touch(traceId: string): void;
  close(): void;
}

/** Calls `print` once for each pause in a trace; spans that come later start the wait anew. */
export function createQuietPrinter(print: (traceId: string) => void): QuietPrinter {
  const timers = new Map<string, NodeJS.Timeout>();

  return {
    touch(traceId) {
      clearTimeout(timers.get(traceId));
      const timer = setTimeout(() => {
        timers.delete(traceId);
        print(traceId);
      }, QUIET_MS);
      timers.set(traceId, timer);
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
