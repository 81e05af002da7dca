import { createEmptyState, createMissingState } from './empty-state.js';
import { formatPlace, type Place } from './location-hash.js';
import { fetchTrace } from './trace-client.js';
import { createTraceView, type TraceView } from './trace-view.js';

export interface OpenTrace {
  element: HTMLElement;
  view(): TraceView | undefined;
  open(place: Place): void;
  /** The viewer has something new for this trace. */
  refresh(traceId: string): void;
  close(): void;
}

/** The main area: the open trace, kept up to date, or what to do when there is none. */
export function createOpenTrace(element: HTMLElement, onSession: (sessionId: string) => void): OpenTrace {
  let view: TraceView | undefined;
  let isFetching = false;
  let isStale = false;

  function open({ traceId, spanId }: Place): void {
    if (view?.model.traceId === traceId) {
      if (spanId !== view.model.selectedId) view.select(spanId);
      return;
    }
    view = createTraceView(traceId, {
      onSession,
      // Replaced, not pushed: "back" should leave the trace, not walk through every span that was looked at.
      onSelect: selected =>
        history.replaceState(undefined, '', formatPlace({ traceId, ...(selected && { spanId: selected }) })),
    });
    isStale = false;
    void load(view, spanId);
  }

  /** One request at a time; what is announced meanwhile is fetched when it is done. */
  async function load(target: TraceView, spanId?: string): Promise<void> {
    isFetching = true;
    const trace = await fetchTrace(target.model.traceId, target.model.version);
    isFetching = false;
    if (view !== target) return;
    if (trace) target.merge(trace);
    element.replaceChildren(target.model.spans.size > 0 ? target.element : createMissingState());
    if (trace && spanId) target.select(spanId);
    if (!isStale) return;
    isStale = false;
    void load(target);
  }

  function close(): void {
    view = undefined;
    element.replaceChildren(createEmptyState(location.origin));
  }

  return {
    element,
    open,
    close,
    view: () => view,
    refresh(traceId) {
      if (view?.model.traceId !== traceId) return;
      if (isFetching) isStale = true;
      else void load(view);
    },
  };
}
