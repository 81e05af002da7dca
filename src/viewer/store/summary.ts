import { isError, sessionIdOf, tokensOf } from '../reading/span-facts.js';
import { viewKindOf } from '../reading/span-kinds.js';
import type { ViewerSpan } from '../span.js';
import type { TraceSummary } from '../trace.js';

/** A hostile trace may name a new service in every span; the list shows a handful. */
const MAX_NAMES = 50;

type Spans = ReadonlyMap<string, ViewerSpan>;

/** One pass over the spans. The store calls it only for a trace that changed since it was last asked. */
export function summarize(traceId: string, spans: Spans, droppedSpans: number): TraceSummary {
  const root = findRoot(spans);
  const services = new Set<string>(root ? [root.service] : []);
  const sessionIds = new Set<string>();
  const totals = { startMs: Infinity, endMs: -Infinity, errorCount: 0, llmCalls: 0, tokens: 0 };
  for (const span of spans.values()) {
    const sessionId = sessionIdOf(span);
    if (services.size < MAX_NAMES) services.add(span.service);
    if (sessionId && sessionIds.size < MAX_NAMES) sessionIds.add(sessionId);
    totals.startMs = Math.min(totals.startMs, span.startMs);
    totals.endMs = Math.max(totals.endMs, span.startMs + span.durationMs);
    totals.errorCount += isError(span) ? 1 : 0;
    totals.llmCalls += viewKindOf(span) === 'llm' ? 1 : 0;
    totals.tokens += tokensOf(span);
  }
  const { startMs, endMs, ...counts } = totals;
  return {
    traceId,
    name: root?.name ?? '',
    rootService: root?.service ?? '',
    services: [...services],
    startTimeUnixMs: startMs,
    durationMs: endMs - startMs,
    spanCount: spans.size,
    droppedSpans,
    sessionIds: [...sessionIds],
    ...counts,
  };
}

/** The earliest span without a parent; while that one has not ended yet, the earliest whose parent is missing. */
function findRoot(spans: Spans): ViewerSpan | undefined {
  let root: ViewerSpan | undefined;
  for (const span of spans.values()) {
    if (rootRank(span, spans) >= 0 && (!root || isBetterRoot(span, root, spans))) root = span;
  }
  return root ?? spans.values().next().value;
}

function isBetterRoot(span: ViewerSpan, root: ViewerSpan, spans: Spans): boolean {
  const rank = rootRank(span, spans) - rootRank(root, spans);
  return rank > 0 || (rank === 0 && span.startMs < root.startMs);
}

function rootRank(span: ViewerSpan, spans: Spans): number {
  if (!span.parentSpanId) return 1;
  return spans.has(span.parentSpanId) ? -1 : 0;
}
