import { isError } from '../reading/span-facts.js';
import type { ViewerSpan } from '../span.js';
import type { TimeRange } from '../reading/time-axis.js';
import type { Trace } from '../trace.js';
import { buildTree, flattenTree, type TreeNode } from '../reading/tree.js';

/** The open trace: what was received of it, and how it is looked at. */
export interface TraceModel {
  readonly traceId: string;
  version: number;
  spans: Map<string, ViewerSpan>;
  droppedSpans: number;
  nodes: Map<string, TreeNode>;
  /** The nodes in the order they are drawn, without those inside a collapsed one. */
  rows: TreeNode[];
  bounds: TimeRange;
  /** The part of the time that is zoomed into, if any. */
  zoom?: TimeRange | undefined;
  collapsed: Set<string>;
  selectedId?: string | undefined;
  query: string;
  /** When set, the other services are dimmed. */
  service?: string | undefined;
}

export function createTraceModel(traceId: string): TraceModel {
  return {
    traceId,
    version: 0,
    spans: new Map(),
    droppedSpans: 0,
    nodes: new Map(),
    rows: [],
    bounds: { startMs: 0, endMs: 0 },
    collapsed: new Set(),
    query: '',
  };
}

/** Adds what is new; everything about how the trace is looked at stays. */
export function mergeTrace(model: TraceModel, { version, spans, droppedSpans }: Trace): void {
  Object.assign(model, { version, droppedSpans });
  for (const span of spans) model.spans.set(span.spanId, span);
  const all = flattenTree(buildTree(model.spans.values()));
  model.nodes = new Map(all.map(node => [node.span.spanId, node]));
  model.bounds = boundsOf(model.spans.values());
  layOut(model);
}

export function setCollapsed(model: TraceModel, spanIds: Iterable<string>, isCollapsed: boolean): void {
  for (const spanId of spanIds) {
    if (isCollapsed && model.nodes.get(spanId)?.children.length) model.collapsed.add(spanId);
    else model.collapsed.delete(spanId);
  }
  layOut(model);
}

/** Opens every ancestor, so that the span has a row; returns the row's index. */
export function revealSpan(model: TraceModel, spanId: string): number {
  const seen = new Set<string>();
  for (let id = parentOf(model, spanId); id && !seen.has(id); id = parentOf(model, id)) {
    seen.add(id);
    model.collapsed.delete(id);
  }
  layOut(model);
  return model.rows.findIndex(row => row.span.spanId === spanId);
}

export function parentOf(model: TraceModel, spanId: string): string | undefined {
  const node = model.nodes.get(spanId);
  const parentId = node?.detached ? undefined : node?.span.parentSpanId;
  return parentId !== undefined && model.nodes.has(parentId) ? parentId : undefined;
}

/** The next span after the selected one that fits, in the order drawn with everything open; starts over at the end. */
export function nextSpan(model: TraceModel, fits: (span: ViewerSpan) => boolean): ViewerSpan | undefined {
  const spans = [...model.nodes.values()].map(node => node.span);
  const selected = spans.findIndex(span => span.spanId === model.selectedId);
  return [...spans.slice(selected + 1), ...spans.slice(0, selected + 1)].find(fits);
}

/** Whether a span stands out under the search text and the chosen service; both may be empty. */
export function isInFocus({ query, service }: TraceModel, span: ViewerSpan): boolean {
  if (service !== undefined && span.service !== service) return false;
  return !query || matchesQuery(span, query);
}

export function errorsOf(model: TraceModel): ViewerSpan[] {
  return [...model.spans.values()].filter(isError);
}

function matchesQuery(span: ViewerSpan, query: string): boolean {
  const wanted = query.toLowerCase();
  const texts = [span.name, span.service, span.spanId, ...Object.values(span.attributes)];
  return texts.some(text => typeof text === 'string' && text.toLowerCase().includes(wanted));
}

function layOut(model: TraceModel): void {
  const roots = [...model.nodes.values()].filter(node => node.depth === 0);
  model.rows = flattenTree({ roots, orphans: [] }, spanId => model.collapsed.has(spanId));
}

function boundsOf(spans: Iterable<ViewerSpan>): TimeRange {
  const bounds = { startMs: Infinity, endMs: -Infinity };
  for (const { startMs, durationMs } of spans) {
    bounds.startMs = Math.min(bounds.startMs, startMs);
    bounds.endMs = Math.max(bounds.endMs, startMs + durationMs);
  }
  return Number.isFinite(bounds.startMs) ? bounds : { startMs: 0, endMs: 0 };
}
