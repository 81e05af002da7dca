import type { TraceSummary } from '../trace.js';
import { filterTraces, type TraceFilter } from './trace-filter.js';
import { createTraceListRow } from './trace-list-row.js';
import { createVirtualList } from './virtual-list.js';

/** Stands in style.css too, as --item-height. */
const ITEM_HEIGHT_PX = 58;
const AGO_REFRESH_MS = 5_000;

export interface TraceList {
  element: HTMLElement;
  show(traces: TraceSummary[]): void;
  narrow(change: Partial<TraceFilter>): void;
  /** The traces that pass the filter, as listed. */
  listed(): TraceSummary[];
  scrollToOpen(): void;
}

export interface TraceListOptions {
  openId(): string | undefined;
  onCount(text: string): void;
}

export function createTraceList({ openId, onCount }: TraceListOptions): TraceList {
  const filter: TraceFilter = { text: '', sessionId: '', errorsOnly: false };
  let traces: TraceSummary[] = [];
  let listed: TraceSummary[] = [];
  const list = createVirtualList<TraceSummary>({
    rowHeight: ITEM_HEIGHT_PX,
    createRow: () => createTraceListRow(openId),
  });
  setInterval(() => list.refresh(), AGO_REFRESH_MS);

  function draw(): void {
    listed = filterTraces(traces, filter);
    onCount(countOf(listed.length, traces.length));
    list.setItems(listed);
  }

  return {
    element: list.element,
    listed: () => listed,
    show(next) {
      traces = next;
      draw();
    },
    narrow(change) {
      Object.assign(filter, change);
      draw();
    },
    scrollToOpen() {
      const index = listed.findIndex(trace => trace.traceId === openId());
      list.refresh();
      if (index >= 0) list.scrollToIndex(index);
    },
  };
}

function countOf(listed: number, all: number): string {
  const of = listed === all ? '' : ` of ${all.toLocaleString('en')}`;
  return `${listed.toLocaleString('en')}${of} ${all === 1 ? 'trace' : 'traces'}`;
}
