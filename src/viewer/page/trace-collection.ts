import type { TraceSummary } from '../trace.js';

export interface TraceCollection {
  /** Newest first. */
  list(): TraceSummary[];
  has(traceId: string): boolean;
  replace(traces: TraceSummary[]): void;
  /** Returns the traces that were not known before. */
  update(traces: TraceSummary[]): TraceSummary[];
  remove(traceIds: string[]): void;
}

/** The summaries that the page knows, kept in step with the viewer. */
export function createTraceCollection(): TraceCollection {
  const known = new Map<string, TraceSummary>();

  return {
    list: () => [...known.values()].sort((a, b) => b.startTimeUnixMs - a.startTimeUnixMs),
    has: traceId => known.has(traceId),
    replace(traces) {
      known.clear();
      for (const trace of traces) known.set(trace.traceId, trace);
    },
    update(traces) {
      const added = traces.filter(({ traceId }) => !known.has(traceId));
      for (const trace of traces) known.set(trace.traceId, trace);
      return added;
    },
    remove(traceIds) {
      for (const traceId of traceIds) known.delete(traceId);
    },
  };
}
