import { createBoundedTraces, type StoreLimits, type TraceEntry } from './bounded-traces.js';
import type { ViewerSpan } from '../span.js';
import { summarize } from './summary.js';
import type { Trace, TraceSummary } from '../trace.js';

export const defaultLimits: StoreLimits = {
  maxSpans: 100_000,
  maxTraces: 1_000,
  maxSpansPerTrace: 20_000,
  maxBytes: 256 * 1024 * 1024,
};

export type StoreChange =
  { type: 'changed'; traceIds: string[] } | { type: 'removed'; traceIds: string[] } | { type: 'cleared' };

export interface TraceStore {
  /** Keeps what fits, last arrival of a span id wins; returns how many were refused because their trace was full. */
  add(spans: ViewerSpan[]): number;
  /** Newest first. */
  summaries(sessionId?: string): TraceSummary[];
  summary(traceId: string): TraceSummary | undefined;
  /** The whole trace, or only the spans that came after the version given. */
  trace(traceId: string, afterVersion?: number): Trace | undefined;
  clear(): void;
  subscribe(listener: (change: StoreChange) => void): () => void;
}

/** In memory, bounded; summaries are made when asked for, so a burst of spans costs one pass and not one per span. */
export function createStore(limits: Partial<StoreLimits> = {}): TraceStore {
  const traces = createBoundedTraces({ ...defaultLimits, ...limits });
  const listeners = new Set<(change: StoreChange) => void>();

  function emit(change: StoreChange): void {
    for (const listener of listeners) listener(change);
  }

  function summary(traceId: string): TraceSummary | undefined {
    const entry = traces.entries.get(traceId);
    if (!entry) return undefined;
    entry.summary ??= summarize(traceId, entry.spans, entry.droppedSpans);
    return entry.summary;
  }

  return {
    summary,
    add(spans) {
      const changed = new Set(spans.map(span => span.traceId));
      const removed = new Set<string>();
      let refused = 0;
      for (const span of spans) {
        if (!traces.put(span)) refused += 1;
        for (const traceId of traces.evict()) removed.add(traceId);
      }
      // One batch can evict a trace and bring it back: what counts is how it ended.
      const isKept = (traceId: string) => traces.entries.has(traceId);
      const kept = [...changed].filter(isKept);
      const gone = [...removed].filter(traceId => !isKept(traceId));
      if (kept.length > 0) emit({ type: 'changed', traceIds: kept });
      if (gone.length > 0) emit({ type: 'removed', traceIds: gone });
      return refused;
    },
    summaries: sessionId =>
      [...traces.entries.keys()]
        .flatMap(traceId => summary(traceId) ?? [])
        .filter(({ sessionIds }) => sessionId === undefined || sessionIds.includes(sessionId))
        .sort((a, b) => b.startTimeUnixMs - a.startTimeUnixMs),
    trace(traceId, afterVersion = 0) {
      const entry = traces.entries.get(traceId);
      if (!entry) return undefined;
      const { version, droppedSpans } = entry;
      return { traceId, version, droppedSpans, spans: spansAfter(entry, afterVersion) };
    },
    clear() {
      traces.clear();
      emit({ type: 'cleared' });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function spansAfter({ spans, versions }: TraceEntry, version: number): ViewerSpan[] {
  return [...spans.values()].filter(({ spanId }) => (versions.get(spanId) ?? 0) > version);
}
