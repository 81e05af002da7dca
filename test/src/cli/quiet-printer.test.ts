import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createQuietPrinter } from '../../../src/cli/quiet-printer.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it('prints a trace once it has been quiet for a second, and again after later spans', () => {
  const print = vi.fn();
  const printer = createQuietPrinter(print);
  printer.touch('a');
  vi.advanceTimersByTime(900);
  printer.touch('a');
  vi.advanceTimersByTime(900);
  expect(print).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100);
  expect(print.mock.calls).toEqual([['a']]);
  printer.touch('a');
  vi.advanceTimersByTime(1_000);
  expect(print).toHaveBeenCalledTimes(2);
});

it('prints nothing after it was closed', () => {
  const print = vi.fn();
  const printer = createQuietPrinter(print);
  printer.touch('a');
  printer.close();
  vi.advanceTimersByTime(5_000);
  expect(print).not.toHaveBeenCalled();
});
