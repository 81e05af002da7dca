import { describe, expect, it } from 'vitest';
import { buildTree, flattenTree } from '../../../src/viewer/reading/tree.js';
import { makeSpan, spanId } from './span-samples.js';

function rowsOf(spans: ReturnType<typeof makeSpan>[], collapsed: string[] = []): string[] {
  const tree = buildTree(spans);
  return flattenTree(tree, id => collapsed.includes(id)).map(
    ({ span, depth, detached }) => `${'  '.repeat(depth)}${span.name}${detached ? ` (${detached})` : ''}`,
  );
}

describe('tree', () => {
  it('sorts children by start and keeps them under their parent', () => {
    const spans = [
      makeSpan(3, { parentSpanId: spanId(1), startMs: 30 }),
      makeSpan(4, { parentSpanId: spanId(2), startMs: 25 }),
      makeSpan(2, { parentSpanId: spanId(1), startMs: 20 }),
      makeSpan(1, { startMs: 10 }),
    ];
    expect(rowsOf(spans)).toEqual(['span 1', '  span 2', '    span 4', '  span 3']);
  });

  it('puts the longer of two spans that start together first', () => {
    const spans = [makeSpan(1, { startMs: 1, durationMs: 1 }), makeSpan(2, { startMs: 1, durationMs: 5 })];
    expect(rowsOf(spans)).toEqual(['span 2', 'span 1']);
  });

  it('hides what is inside a collapsed span', () => {
    const spans = [makeSpan(1), makeSpan(2, { parentSpanId: spanId(1) }), makeSpan(3, { parentSpanId: spanId(2) })];
    expect(rowsOf(spans, [spanId(2)])).toEqual(['span 1', '  span 2']);
  });

  it('shows a span whose parent is missing as an orphan', () => {
    const spans = [makeSpan(1), makeSpan(2, { parentSpanId: spanId(9) }), makeSpan(3, { parentSpanId: spanId(2) })];
    expect(rowsOf(spans)).toEqual(['span 1', 'span 2 (orphan)', '  span 3']);
    expect(buildTree(spans).orphans).toEqual([spanId(2)]);
  });

  it.each([
    ['itself', [[1, 1]], ['span 1 (cycle)']],
    [
      'each other',
      [
        [1, 2],
        [2, 1],
      ],
      ['span 1 (cycle)', '  span 2'],
    ],
    [
      'a circle with a branch that starts first',
      [
        [2, 4],
        [3, 2],
        [4, 3],
        [5, 4],
      ],
      ['span 2 (cycle)', '  span 3', '    span 4', '      span 5'],
    ],
  ])('shows every span once when spans are children of %s', (_name, links, expected) => {
    const spans = links.map(([id = 0, parent = 0]) => makeSpan(id, { parentSpanId: spanId(parent) }));
    expect(rowsOf(spans)).toEqual(expected);
  });

  it('stands a chain of 20,000 spans', () => {
    const spans = Array.from({ length: 20_000 }, (_, index) => makeSpan(index + 1, { parentSpanId: spanId(index) }));
    const rows = flattenTree(buildTree(spans));
    expect(rows).toHaveLength(20_000);
    expect(rows.at(-1)?.depth).toBe(19_999);
  });
});
