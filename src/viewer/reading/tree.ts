// Platform neutral: the page and the terminal both draw from this.
import type { ViewerSpan } from '../span.js';

export interface TreeNode {
  span: ViewerSpan;
  depth: number;
  children: TreeNode[];
  /** `orphan`: its parent is not in the trace (yet). `cycle`: its ancestors lead back to itself. */
  detached?: 'orphan' | 'cycle';
}

export interface SpanTree {
  roots: TreeNode[];
  /** Ids of spans that name a parent which is not in the trace. */
  orphans: string[];
}

/** Every span is in the result exactly once, whatever the parent ids say. Nothing here recurses: a chain may be 20,000 deep. */
export function buildTree(spans: Iterable<ViewerSpan>): SpanTree {
  const nodes = new Map<string, TreeNode>();
  for (const span of spans) nodes.set(span.spanId, { span, depth: 0, children: [] });
  const ordered = [...nodes.values()].sort(byStart);

  const roots: TreeNode[] = [];
  for (const node of ordered) {
    const parent = nodes.get(node.span.parentSpanId ?? '');
    if (parent) {
      parent.children.push(node);
      continue;
    }
    if (node.span.parentSpanId) node.detached = 'orphan';
    roots.push(node);
  }
  breakCycles(ordered, roots);
  return { roots: roots.sort(byStart), orphans: roots.filter(isOrphan).map(node => node.span.spanId) };
}

/** Depth first, as drawn. A collapsed node is listed, its descendants are not. */
export function flattenTree(tree: SpanTree, isCollapsed: (spanId: string) => boolean = () => false): TreeNode[] {
  const rows: TreeNode[] = [];
  const stack = [...tree.roots].reverse();
  for (let node = stack.pop(); node; node = stack.pop()) {
    rows.push(node);
    if (!isCollapsed(node.span.spanId)) pushReversed(stack, node.children);
  }
  return rows;
}

/** What no root reaches hangs in a cycle: its earliest span becomes a root, and the link that led back to it is cut. */
function breakCycles(ordered: TreeNode[], roots: TreeNode[]): void {
  const reached = new Set<TreeNode>();
  for (const root of roots) descend(root, reached);
  for (const node of ordered) {
    if (reached.has(node)) continue;
    node.detached = 'cycle';
    roots.push(node);
    descend(node, reached);
  }
}

function descend(root: TreeNode, reached: Set<TreeNode>): void {
  reached.add(root);
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { depth } = node;
    node.children = node.children.filter(child => !reached.has(child));
    for (const child of node.children) {
      reached.add(child);
      child.depth = depth + 1;
      stack.push(child);
    }
  }
}

function byStart(a: TreeNode, b: TreeNode): number {
  return a.span.startMs - b.span.startMs || b.span.durationMs - a.span.durationMs;
}

function isOrphan(node: TreeNode): boolean {
  return node.detached === 'orphan';
}

function pushReversed(stack: TreeNode[], children: TreeNode[]): void {
  for (let index = children.length - 1; index >= 0; index -= 1) {
    const child = children[index];
    if (child) stack.push(child);
  }
}
