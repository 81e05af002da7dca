/** OTLP specification, "Retryable response codes": these and no other. */
export const RETRYABLE: readonly number[] = [429, 502, 503, 504];

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

/** A backend that asks for more is asked again after this all the same. */
export const MAX_RETRY_AFTER_MS = 600_000;

/** `Retry-After`, RFC 9110 section 10.2.3: seconds or a date. */
export function parseRetryAfterMs(header: string | undefined, nowMs = Date.now()): number | undefined {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}

/**
 * Exponential with full jitter, so that a thousand pages do not come back to a recovering collector at once.
 * @param failures in a row, from 1
 */
export function backoffMs(failures: number): number {
  return Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}
