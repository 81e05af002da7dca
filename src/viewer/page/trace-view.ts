import type { Trace } from '../trace.js';
import { h } from './dom.js';
import { createMinimap } from './minimap.js';
import { createDetailsPanel } from './details-panel.js';
import { createSpanNavigation, type SpanNavigation } from './span-navigation.js';
import { createSplitter } from './splitter.js';
import { createTraceHeader } from './trace-header.js';
import { createTraceModel, mergeTrace, revealSpan, setCollapsed, type TraceModel } from './trace-model.js';
import { createWaterfall } from './waterfall.js';

export interface TraceViewOptions {
  onSelect(spanId: string | undefined): void;
  onSession(sessionId: string): void;
}

export interface TraceView {
  element: HTMLElement;
  model: TraceModel;
  navigation: SpanNavigation;
  /** Adds spans that came for the open trace. */
  merge(trace: Trace): void;
  /** Selects a span, or none. */
  select(spanId: string | undefined): void;
  focusSearch(): void;
}

export function createTraceView(traceId: string, { onSelect, onSession }: TraceViewOptions): TraceView {
  const model = createTraceModel(traceId);
  const navigation = createSpanNavigation(model, { select: selectAndTell, toggle });
  const minimap = createMinimap(zoom => redraw({ zoom }));
  const search = createSearch({ onQuery: query => redraw({ query }), onEnter: navigation.nextMatch });
  const waterfall = createWaterfall({ search, onSelect: selectAndTell, onToggle: toggle });
  const header = h('div', { class: 'header-slot' });
  const details = createDetailsPanel(model, () => selectAndTell(undefined));
  const main = h('div', { class: 'trace-main' }, minimap.element, waterfall.element);
  const body = h('div', { class: 'trace-body' }, main, details.element);
  body.append(createSplitter({ host: body, property: '--details-width', min: 280, fromRight: true }));
  const headerActions = {
    onSession,
    onService: (service: string | undefined) => redraw({ service }),
    onNextError: navigation.nextError,
    onFoldAll(isFolded: boolean) {
      setCollapsed(model, model.nodes.keys(), isFolded);
      waterfall.show(model);
    },
  };

  function redraw(change: Partial<Pick<TraceModel, 'zoom' | 'query' | 'service'>> = {}): void {
    Object.assign(model, change);
    header.replaceChildren(createTraceHeader(model, headerActions));
    minimap.show(model);
    waterfall.show(model);
  }

  function select(spanId: string | undefined): void {
    model.selectedId = spanId;
    const index = spanId === undefined ? -1 : revealSpan(model, spanId);
    details.draw();
    waterfall.show(model);
    if (index >= 0) waterfall.scrollToRow(index);
  }

  function selectAndTell(spanId: string | undefined): void {
    select(spanId);
    onSelect(spanId);
  }

  function toggle(spanId: string): void {
    setCollapsed(model, [spanId], !model.collapsed.has(spanId));
    waterfall.show(model);
  }

  function merge(trace: Trace): void {
    mergeTrace(model, trace);
    redraw();
    details.draw();
  }

  return {
    element: h('div', { class: 'trace-view' }, header, body),
    model,
    navigation,
    merge,
    select,
    focusSearch: () => search.querySelector('input')?.select(),
  };
}

function createSearch({ onQuery, onEnter }: { onQuery(query: string): void; onEnter(): void }): HTMLElement {
  const attributes = { type: 'search', placeholder: 'Find in this trace  (f)', 'aria-label': 'Find spans' };
  const input = h('input', { attributes });
  input.addEventListener('input', () => onQuery(input.value.trim()));
  input.addEventListener('keydown', event => {
    if (event.key === 'Enter') onEnter();
  });
  return h('div', { class: 'search' }, input);
}
