import { expect, it } from 'vitest';
import { createSeenBatches } from '../../../src/viewer/receiver/seen-batches.js';

it('remembers the batches that came last, up to its limit', () => {
  const seen = createSeenBatches(2);
  for (const id of ['a', 'b', 'b', 'c']) seen.add(id);
  expect(['a', 'b', 'c', 'd'].filter(id => seen.has(id))).toEqual(['b', 'c']);
});

it.each([undefined, '', 'x'.repeat(65)])('does not take %s for the id of a batch', id => {
  const seen = createSeenBatches();
  seen.add(id);
  expect(seen.has(id)).toBe(false);
});
