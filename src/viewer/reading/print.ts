import { formatDuration } from './duration.js';
import { sharedAttributes } from './shared-attributes.js';
import { toShownText, widthOf } from './shown-text.js';
import { displayNameOf, isError, isInferred, sessionIdOf } from './span-facts.js';
import { type ViewKind, viewKindOf } from './span-kinds.js';
import type { ViewerSpan } from '../span.js';
import { createPaint, type Paint } from './terminal-paint.js';
import { buildTree, type TreeNode } from './tree.js';

export interface FormatOptions {
  /** @default false */
  color?: boolean;
  /** @default 500 */
  maxRows?: number;
}

const letters: Readonly<Record<ViewKind, string>> = {
  page: 'P',
  server: 'S',
  client: 'C',
  message: 'M',
  agent: 'A',
  llm: 'L',
  tool: 'T',
  task: 'K',
  workflow: 'W',
  session: '@',
  internal: '·',
};

const MAX_NAME = 64;
const MAX_SERVICE = 24;
const MAX_MESSAGE = 60;

interface Row {
  lines: string;
  node: TreeNode;
}

/** A trace as a tree for the terminal; its spans have distinct ids. Ends without a line break. */
export function formatTree(trace: { traceId: string; spans: ViewerSpan[] }, options: FormatOptions = {}): string {
  const { color = false, maxRows = 500 } = options;
  const paint = createPaint(color);
  const rows = toRows(buildTree(trace.spans).roots, maxRows);
  const left = trace.spans.length - rows.length;
  return [
    ...formatHead(trace, paint),
    ...formatRows(rows, paint),
    ...(left > 0 ? [paint.dim(`… ${left} more spans`)] : []),
  ].join('\n');
}

function formatHead({ traceId, spans }: { traceId: string; spans: ViewerSpan[] }, paint: Paint): string[] {
  const services = [...new Set(spans.map(span => span.service))];
  const sessions = [...new Set(spans.flatMap(span => sessionIdOf(span) ?? []))];
  const errors = spans.filter(isError).length;
  const facts = [
    services.map(service => toShownText(service, MAX_SERVICE)).join(', '),
    count(spans.length, 'span'),
    ...(errors > 0 ? [paint.error(count(errors, 'error'))] : []),
    formatDuration(durationOf(spans)),
  ];
  const context = [
    ...sessions.map(id => `session ${toShownText(id, MAX_NAME)}`),
    ...sharedAttributes(spans).map(([key, value]) => toShownText(`${key}=${value}`, MAX_NAME)),
  ];
  return [
    `${paint.strong('trace')} ${traceId}  ${facts.join(' · ')}`,
    ...(context.length > 0 ? [paint.dim(context.join(' · '))] : []),
  ];
}

function formatRows(rows: Row[], paint: Paint): string[] {
  const cells = rows.map(({ lines, node: { span } }) => ({
    label: `${lines}${letters[viewKindOf(span)]} ${toShownText(displayNameOf(span), MAX_NAME)}`,
    service: toShownText(span.service, MAX_SERVICE),
    duration: formatDuration(span.durationMs),
  }));
  const widest = (column: 'label' | 'service' | 'duration') => Math.max(...cells.map(cell => widthOf(cell[column])));
  const [label, service, duration] = [widest('label'), widest('service'), widest('duration')];
  return rows.map(({ node }, index) => {
    const cell = cells[index] ?? { label: '', service: '', duration: '' };
    const columns = [
      isError(node.span) ? paint.error(pad(cell.label, label)) : pad(cell.label, label),
      paint.service(node.span.service, pad(cell.service, service)),
      ' '.repeat(duration - widthOf(cell.duration)) + cell.duration,
      ...remarks(node, paint),
    ];
    return columns.join('  ');
  });
}

function remarks({ span, detached }: TreeNode, paint: Paint): string[] {
  const message = span.status.message ? ` ${toShownText(span.status.message, MAX_MESSAGE)}` : '';
  return [
    ...(isError(span) ? [paint.error(`✗${message}`)] : []),
    ...(detached === 'orphan' ? [paint.dim('(parent missing)')] : []),
    ...(detached === 'cycle' ? [paint.dim('(parent is its descendant)')] : []),
    ...(isInferred(span) ? [paint.dim('(parent inferred)')] : []),
  ];
}

/** Depth first, each with the lines that lead to it. A stack, because a chain may be 20,000 deep. */
function toRows(roots: TreeNode[], maxRows: number): Row[] {
  const rows: Row[] = [];
  const stack = [...roots].reverse().map(node => ({ lines: '', below: '', node }));
  for (let top = stack.pop(); top && rows.length < maxRows; top = stack.pop()) {
    const { lines, below, node } = top;
    rows.push({ lines, node });
    const last = node.children.length - 1;
    const children = node.children.map((child, index) => ({
      lines: `${below}${index === last ? '└─ ' : '├─ '}`,
      below: `${below}${index === last ? '   ' : '│  '}`,
      node: child,
    }));
    stack.push(...children.reverse());
  }
  return rows;
}

function durationOf(spans: ViewerSpan[]): number {
  let [start, end] = [Infinity, -Infinity];
  for (const { startMs, durationMs } of spans) {
    start = Math.min(start, startMs);
    end = Math.max(end, startMs + durationMs);
  }
  return spans.length > 0 ? end - start : 0;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(width - widthOf(text));
}
