import { estimateBytes } from './span-size.js';
import type { ViewerSpan } from '../span.js';
import type { TraceSummary } from '../trace.js';

export interface StoreLimits {
  maxSpans: number;
  maxTraces: number;
  maxSpansPerTrace: number;
  /** Of the estimate in span-size.ts. */
  maxBytes: number;
}

export interface TraceEntry {
  spans: Map<string, ViewerSpan>;
  /** Span id -> the version at which it arrived. */
  versions: Map<string, number>;
  version: number;
  bytes: number;
  droppedSpans: number;
  /** Absent until asked for, and again after each change. */
  summary?: TraceSummary;
}

export interface BoundedTraces {
  entries: ReadonlyMap<string, TraceEntry>;
  /** False when the span's trace was full. */
  put(span: ViewerSpan): boolean;
  /** Drops whole traces, the one quiet for longest first, until everything is within its limits; returns their ids. */
  evict(): string[];
  clear(): void;
}

export function createBoundedTraces(limits: StoreLimits): BoundedTraces {
  const entries = new Map<string, TraceEntry>();
  const total = { spans: 0, bytes: 0, version: 0 };

  /** Re-inserting keeps the map in the order of last use, which is the order of eviction. */
  function touch(traceId: string): TraceEntry {
    const entry = entries.get(traceId) ?? createEntry();
    entries.delete(traceId);
    entries.set(traceId, entry);
    delete entry.summary;
    total.version += 1;
    entry.version = total.version;
    return entry;
  }

  function isFull(): boolean {
    return entries.size > limits.maxTraces || total.spans > limits.maxSpans || total.bytes > limits.maxBytes;
  }

  return {
    entries,
    put(span) {
      const entry = touch(span.traceId);
      const earlier = entry.spans.get(span.spanId);
      if (!earlier && entry.spans.size >= limits.maxSpansPerTrace) {
        entry.droppedSpans += 1;
        return false;
      }
      const bytes = estimateBytes(span) - (earlier ? estimateBytes(earlier) : 0);
      entry.spans.set(span.spanId, span);
      entry.versions.set(span.spanId, entry.version);
      entry.bytes += bytes;
      total.bytes += bytes;
      total.spans += earlier ? 0 : 1;
      return true;
    },
    evict() {
      const removed: string[] = [];
      for (const [traceId, entry] of entries) {
        if (!isFull()) break;
        entries.delete(traceId);
        total.spans -= entry.spans.size;
        total.bytes -= entry.bytes;
        removed.push(traceId);
      }
      return removed;
    },
    clear() {
      entries.clear();
      Object.assign(total, { spans: 0, bytes: 0 });
    },
  };
}

function createEntry(): TraceEntry {
  return { spans: new Map(), versions: new Map(), version: 0, bytes: 0, droppedSpans: 0 };
}
