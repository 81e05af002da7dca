import { formatDuration } from '../reading/duration.js';
import { displayNameOf, isError, isInferred, tokensOf } from '../reading/span-facts.js';
import { viewKindOf } from '../reading/span-kinds.js';
import { fractionOf, type TimeRange } from '../reading/time-axis.js';
import type { TreeNode } from '../reading/tree.js';
import { h, setText } from './dom.js';
import { createIcon, setIcon } from './icons.js';
import { kindNames } from './kind-names.js';
import { colorOf } from './service-colors.js';
import { isInFocus, type TraceModel } from './trace-model.js';
import type { Row } from './virtual-list.js';

/** Beyond this the names would be pushed out of their column. */
const MAX_INDENT = 24;
const INDENT_PX = 14;
/** Where a bar ends beyond this part of the width, its label stands before it. */
const LABEL_FLIP = 0.82;
const MAX_MARKS = 20;

export interface RowOptions {
  model(): TraceModel;
  range(): TimeRange;
  onSelect(spanId: string): void;
  onToggle(spanId: string): void;
}

export function createWaterfallRow({ model, range, onSelect, onToggle }: RowOptions): Row<TreeNode> {
  const guides = h('span', { class: 'guides' });
  const twisty = h('button', { class: 'twisty', attributes: { tabindex: '-1' } }, createIcon('chevron'));
  const icon = createIcon('internal');
  const kind = h('span', { class: 'kind' }, icon);
  const label = h('span', { class: 'row-label' });
  const badges = h('span', { class: 'badges' });
  const service = h('span', { class: 'row-service' });
  const bar = h('span', { class: 'bar' });
  const marks = h('span', { class: 'marks' });
  const barLabel = h('span', { class: 'bar-label' });
  const element = h(
    'div',
    { class: 'row', attributes: { role: 'treeitem' } },
    h('span', { class: 'row-name' }, guides, twisty, kind, label, badges, service),
    h('span', { class: 'row-time' }, bar, marks, barLabel),
  );
  let spanId = '';
  element.addEventListener('click', () => onSelect(spanId));
  element.addEventListener('dblclick', () => onToggle(spanId));
  twisty.addEventListener('click', event => {
    event.stopPropagation();
    onToggle(spanId);
  });

  function show(node: TreeNode): void {
    const { span } = node;
    const viewKind = viewKindOf(span);
    spanId = span.spanId;
    element.id = `row-${spanId}`;
    element.style.setProperty('--service', colorOf(span.service));
    guides.style.width = `${Math.min(node.depth, MAX_INDENT) * INDENT_PX}px`;
    setIcon(icon, viewKind);
    kind.title = kindNames[viewKind];
    setText(label, displayNameOf(span));
    label.title = displayNameOf(span);
    setText(service, span.service);
    badges.replaceChildren(...createBadges(node, model()));
    setStates(element, node, model());
    placeBar({ bar, marks, barLabel }, node, range());
  }

  return { element, show };
}

/** Rows are reused, so every state is written, also where it is off. */
function setStates(element: HTMLElement, { span, depth, children }: TreeNode, model: TraceModel): void {
  const isCollapsed = model.collapsed.has(span.spanId);
  const isSelected = model.selectedId === span.spanId;
  element.classList.toggle('has-children', children.length > 0);
  element.classList.toggle('is-collapsed', isCollapsed);
  element.classList.toggle('is-selected', isSelected);
  element.classList.toggle('is-error', isError(span));
  element.classList.toggle('is-inferred', isInferred(span));
  element.classList.toggle('is-dimmed', !isInFocus(model, span));
  element.setAttribute('aria-level', String(depth + 1));
  element.setAttribute('aria-selected', String(isSelected));
  if (children.length > 0) element.setAttribute('aria-expanded', String(!isCollapsed));
  else element.removeAttribute('aria-expanded');
}

function createBadges({ span, detached, children }: TreeNode, model: TraceModel): HTMLElement[] {
  const badges: HTMLElement[] = [];
  const add = (name: string, text: string, title: string) =>
    badges.push(h('span', { class: `badge badge-${name}`, title }, text));
  if (model.collapsed.has(span.spanId)) add('count', `+${countBelow(children)}`, 'spans folded away');
  if (isError(span)) add('error', 'error', span.status.message ?? 'This span ended with an error');
  if (detached === 'orphan') add('orphan', 'orphan', 'Its parent span has not arrived');
  if (detached === 'cycle') add('orphan', 'cycle', 'Its parent is one of its own descendants');
  if (isInferred(span)) add('inferred', 'inferred', 'The runtime had lost the context; this parent was inferred');
  return badges;
}

function countBelow(children: TreeNode[]): number {
  let total = 0;
  const stack = [...children];
  for (let node = stack.pop(); node; node = stack.pop()) {
    total += 1;
    stack.push(...node.children);
  }
  return total;
}

interface BarParts {
  bar: HTMLElement;
  marks: HTMLElement;
  barLabel: HTMLElement;
}

function placeBar({ bar, marks, barLabel }: BarParts, { span }: TreeNode, range: TimeRange): void {
  const start = fractionOf(range, span.startMs);
  const end = fractionOf(range, span.startMs + span.durationMs);
  const isOutside = end < 0 || start > 1;
  const [left, right] = [clamp(start), clamp(end)];
  bar.hidden = isOutside;
  bar.style.left = percent(left);
  bar.style.width = percent(right - left);
  bar.classList.toggle('is-cut-left', start < 0);
  bar.classList.toggle('is-cut-right', end > 1);

  const isFlipped = right > LABEL_FLIP && left > 1 - LABEL_FLIP;
  const isInside = right > LABEL_FLIP && !isFlipped;
  barLabel.hidden = isOutside;
  barLabel.className = `bar-label${isFlipped ? ' is-flipped' : ''}${isInside ? ' is-inside' : ''}`;
  barLabel.style.left = isFlipped ? 'auto' : percent(isInside ? left : right);
  barLabel.style.right = isFlipped ? percent(1 - left) : 'auto';
  const tokens = tokensOf(span);
  setText(barLabel, `${formatDuration(span.durationMs)}${tokens > 0 ? `  ·  ${tokens.toLocaleString('en')} tok` : ''}`);

  const times = span.events.slice(0, MAX_MARKS).map(event => fractionOf(range, event.timeMs));
  marks.replaceChildren(...times.filter(isVisible).map(createMark));
}

function createMark(at: number): HTMLElement {
  const mark = h('i', { class: 'mark' });
  mark.style.left = percent(at);
  return mark;
}

function isVisible(fraction: number): boolean {
  return fraction >= 0 && fraction <= 1;
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(3)}%`;
}
