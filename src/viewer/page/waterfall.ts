import { formatDuration } from '../reading/duration.js';
import { fractionOf, ticksIn, type TimeRange } from '../reading/time-axis.js';
import type { TreeNode } from '../reading/tree.js';
import { h } from './dom.js';
import { createSplitter } from './splitter.js';
import { createWaterfallRow } from './waterfall-row.js';
import type { TraceModel } from './trace-model.js';
import { createVirtualList } from './virtual-list.js';

/** Stands in style.css too, as --row-height. */
const ROW_HEIGHT_PX = 28;
const PIXELS_PER_TICK = 110;
/** Room at the right end, so that the label of the last bar is not cut. */
const TAIL = 0.01;
/** Beyond this part of the width a tick has its line, but no room for its label. */
const LAST_LABEL = 0.95;

export interface WaterfallOptions {
  /** Stands above the names. */
  search: HTMLElement;
  onSelect(spanId: string): void;
  onToggle(spanId: string): void;
}

export interface Waterfall {
  element: HTMLElement;
  show(model: TraceModel): void;
  scrollToRow(index: number): void;
}

/** The rows of a trace: its tree on the left, its time on the right. */
export function createWaterfall({ search, onSelect, onToggle }: WaterfallOptions): Waterfall {
  let model: TraceModel;
  let range: TimeRange = { startMs: 0, endMs: 1 };
  const list = createVirtualList<TreeNode>({
    rowHeight: ROW_HEIGHT_PX,
    createRow: () => createWaterfallRow({ model: () => model, range: () => range, onSelect, onToggle }),
  });
  const ticks = h('div', { class: 'ticks' });
  const lines = h('div', { class: 'grid-lines' });
  const element = h(
    'section',
    { class: 'waterfall' },
    h('div', { class: 'axis' }, h('div', { class: 'axis-name' }, search), ticks),
    h('div', { class: 'waterfall-body' }, h('div', { class: 'columns' }, lines), list.element),
  );
  element.append(h('div', { class: 'columns' }, createSplitter({ host: element, property: '--name-width', min: 180 })));
  list.element.tabIndex = 0;
  list.element.setAttribute('role', 'tree');
  list.element.setAttribute('aria-label', 'Spans');

  function drawAxis(): void {
    if (!model) return;
    const { startMs } = model.bounds;
    const offsets = ticksIn(range, startMs, ticks.clientWidth / PIXELS_PER_TICK);
    const at = (offset: number) => `${fractionOf(range, startMs + offset) * 100}%`;
    element.style.setProperty('--scrollbar', `${list.element.offsetWidth - list.element.clientWidth}px`);
    const labelled = offsets.filter(offset => fractionOf(range, startMs + offset) < LAST_LABEL);
    ticks.replaceChildren(
      ...labelled.map(offset => placed(h('span', { class: 'tick' }, formatDuration(offset)), at(offset))),
    );
    lines.replaceChildren(...offsets.map(offset => placed(h('i', { class: 'grid-line' }), at(offset))));
  }

  new ResizeObserver(drawAxis).observe(ticks);

  return {
    element,
    scrollToRow: index => list.scrollToIndex(index),
    show(next) {
      model = next;
      range = next.zoom ?? withTail(next.bounds);
      list.setItems(next.rows);
      if (next.selectedId) list.element.setAttribute('aria-activedescendant', `row-${next.selectedId}`);
      drawAxis();
    },
  };
}

function withTail({ startMs, endMs }: TimeRange): TimeRange {
  return { startMs, endMs: endMs + Math.max(endMs - startMs, 0.001) * TAIL };
}

function placed<Kind extends HTMLElement>(element: Kind, left: string): Kind {
  element.style.left = left;
  return element;
}
