import type { SessionRecord } from './store.js';

/** How long a session lasts, in milliseconds. */
export interface SessionLimits {
  /** Without activity. */
  readonly idleTimeoutMs: number;
  /** In all. */
  readonly maxDurationMs: number;
}

/** The session that is current at `nowMs`: the known one, or the one that follows it. Pure. */
export function currentRecord(
  known: SessionRecord | undefined,
  { nowMs, newId, limits }: { nowMs: number; newId: () => string; limits: SessionLimits },
): SessionRecord {
  if (known && isAlive(known, nowMs, limits)) return { ...known, lastActiveAtMs: nowMs };
  const opened = { id: newId(), startedAtMs: nowMs, lastActiveAtMs: nowMs };
  return known ? { ...opened, previousId: known.id } : opened;
}

// A clock set back makes an age negative: such a session is kept, for ending it would split a visit in two.
function isAlive(record: SessionRecord, nowMs: number, limits: SessionLimits): boolean {
  return nowMs - record.lastActiveAtMs < limits.idleTimeoutMs && nowMs - record.startedAtMs < limits.maxDurationMs;
}

/** Anything that could have been a session id of ours or of another vendor's; keeps hostile baggage out of attributes. */
export function isSessionId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value);
}
