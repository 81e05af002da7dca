import { expect, it } from 'vitest';
import { formatDuration } from '../../../src/viewer/reading/duration.js';

it.each([
  [0, '0 ms'],
  [-3, '0 ms'],
  [0.0004, '0.4 µs'],
  [0.42, '420 µs'],
  [0.9996, '1 ms'],
  [12.345, '12.3 ms'],
  [999.6, '1 s'],
  [2_412, '2.41 s'],
  [59_949, '59.9 s'],
  [59_990, '1 m 00 s'],
  [65_000, '1 m 05 s'],
  [3_599_900, '1 h 00 m'],
  [7_800_000, '2 h 10 m'],
])('writes %d ms as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});
