import { describe, expect, it } from 'vitest';
import { fractionOf, ticksIn } from '../../../src/viewer/reading/time-axis.js';

describe('time axis', () => {
  it.each([
    [{ startMs: 1_000, endMs: 1_010 }, 5, [0, 2, 4, 6, 8, 10]],
    [{ startMs: 1_003, endMs: 1_007 }, 4, [3, 4, 5, 6, 7]],
    [{ startMs: 1_000, endMs: 9_420 }, 6, [0, 2_000, 4_000, 6_000, 8_000]],
  ])('puts round ticks into %o', (range, count, ticks) => {
    expect(ticksIn(range, 1_000, count)).toEqual(ticks);
  });

  it('has no ticks where there is no time', () => {
    expect(ticksIn({ startMs: 5, endMs: 5 }, 5, 6)).toEqual([]);
    expect(ticksIn({ startMs: 0, endMs: Infinity }, 0, 6)).toEqual([]);
  });

  it('places a time within its range', () => {
    expect(fractionOf({ startMs: 10, endMs: 20 }, 15)).toBe(0.5);
    expect(fractionOf({ startMs: 10, endMs: 10 }, 10)).toBe(0);
  });
});
