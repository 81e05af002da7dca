import { describe, it, expect } from '#runner';
import { currentRecord, isSessionId } from '@agentops/shared/session/lifecycle';

const limits = { idleTimeoutMs: 100, maxDurationMs: 1_000 };
const at = (nowMs: number, startedAtMs: number, lastActiveAtMs: number) =>
  currentRecord({ id: 'old', startedAtMs, lastActiveAtMs }, { nowMs, newId: () => 'new', limits });

describe('the current session', () => {
  it('is a new one where none is known', () => {
    expect(currentRecord(undefined, { nowMs: 5, newId: () => 'new', limits })).toEqual({
      id: 'new',
      startedAtMs: 5,
      lastActiveAtMs: 5,
    });
  });

  it.each([
    ['just active', 5_000, 5_000, 5_000],
    ['idle for less than the time-out', 5_099, 5_000, 5_000],
    ['almost as old as it may get', 5_999, 5_000, 5_950],
    ['started in the future, by a clock set back', 4_000, 5_000, 5_000],
  ])('goes on when %s', (_title, now, started, active) => {
    expect(at(now, started, active)).toEqual({ id: 'old', startedAtMs: started, lastActiveAtMs: now });
  });

  it.each([
    ['idle for as long as the time-out', 5_100, 5_000, 5_000],
    ['as old as it may get', 6_000, 5_000, 5_950],
    ['of no readable age', 5_000, Number.NaN, 5_000],
    ['of no readable activity', 5_000, 5_000, Number.NaN],
  ])('is followed by a new one when %s', (_title, now, started, active) => {
    expect(at(now, started, active)).toEqual({ id: 'new', startedAtMs: now, lastActiveAtMs: now, previousId: 'old' });
  });

  it('never ends without limits', () => {
    const endless = { idleTimeoutMs: Infinity, maxDurationMs: Infinity };
    const known = { id: 'old', startedAtMs: 0, lastActiveAtMs: 0 };
    expect(currentRecord(known, { nowMs: Number.MAX_SAFE_INTEGER, newId: () => 'new', limits: endless }).id).toBe(
      'old',
    );
  });

  it('keeps the name of the one before it as long as it lives', () => {
    const known = { id: 'b', startedAtMs: 0, lastActiveAtMs: 0, previousId: 'a' };
    expect(currentRecord(known, { nowMs: 50, newId: () => 'c', limits })).toMatchObject({ id: 'b', previousId: 'a' });
    expect(currentRecord(known, { nowMs: 500, newId: () => 'c', limits })).toMatchObject({ id: 'c', previousId: 'b' });
  });
});

describe('a session id', () => {
  it.each([
    ['3f2a1b60-7d4e-4c11-9a55-0123456789ab', true],
    ['visit:7.a_b', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['', false],
    ['a b', false],
    ['a\n', false],
    ['<script>', false],
    ['é', false],
    [5, false],
    [undefined, false],
    [{ toString: () => 'abc' }, false],
  ])('%j: %s', (value, expected) => {
    expect(isSessionId(value)).toBe(expected);
  });
});
