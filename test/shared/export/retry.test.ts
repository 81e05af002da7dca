import { describe, it, expect } from '#runner';
import { backoffMs, parseRetryAfterMs } from '@agentops/shared/export/retry';

describe('Retry-After', () => {
  const now = Date.parse('Wed, 21 Oct 2015 07:28:00 GMT');
  it.each([
    ['0', 0],
    ['5', 5_000],
    [' 5 ', 5_000],
    ['Wed, 21 Oct 2015 07:28:30 GMT', 30_000],
    ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
    ['', undefined],
    [undefined, undefined],
    ['soon', undefined],
    ['-1x', undefined],
    ['5s', undefined],
    ['86400', 600_000],
    ['9'.repeat(400), 600_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 600_000],
  ])('%s is %s milliseconds', (header, expected) => {
    expect(parseRetryAfterMs(header, now)).toBe(expected);
  });
});

describe('backoff', () => {
  const { random } = Math;
  it.each([
    [1, 500],
    [2, 1_000],
    [4, 4_000],
    [7, 30_000],
    [2_000, 30_000],
  ])('after %d failures is %d milliseconds at most', (failures, most) => {
    Math.random = () => 0.999_999;
    try {
      expect(Math.round(backoffMs(failures))).toBe(most);
    } finally {
      Math.random = random;
    }
  });
});
