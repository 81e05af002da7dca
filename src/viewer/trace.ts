import type { ViewerSpan } from './span.js';

/** What the list of traces shows of one trace. */
export interface TraceSummary {
  traceId: string;
  name: string;
  rootService: string;
  services: string[];
  startTimeUnixMs: number;
  durationMs: number;
  spanCount: number;
  errorCount: number;
  /** Spans refused because the trace was full. */
  droppedSpans: number;
  sessionIds: string[];
  llmCalls: number;
  tokens: number;
}

/** A trace as stored, or the part of it that changed after an earlier version. */
export interface Trace {
  traceId: string;
  /** Grows with every change in the store; ask for what came after it. */
  version: number;
  spans: ViewerSpan[];
  droppedSpans: number;
}
