import { startTimer } from '../timers.js';
import type { Send, SendRequest } from './otlp-http.js';

/** Why a batch was given up; the cause that `flush()` counts it under. */
export type DeliveryCause = 'rejected' | 'unreachable';

export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly reason: DeliveryCause;

  constructor(reason: DeliveryCause, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** OTLP specification, "Retryable response codes": these and no other. */
const RETRYABLE = new Set([429, 502, 503, 504]);
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 5_000;

/**
 * Sends until the backend has taken it, has refused it for good, or `timeoutMs` is up.
 * @throws DeliveryError saying which
 */
export async function sendWithRetry(send: Send, request: SendRequest): Promise<void> {
  const deadline = Date.now() + request.timeoutMs;
  for (let attempt = 0; ; attempt++) {
    const outcome = await trySend(send, { ...request, timeoutMs: deadline - Date.now() });
    if (!outcome) return;
    // Also where the backend asks for less: `Retry-After: 0` must not become a storm.
    const waitMs = Math.max(outcome.waitMs ?? 0, backoffMs(attempt));
    if (!outcome.retry || Date.now() + waitMs >= deadline) throw outcome.error;
    await new Promise<void>(resolve => startTimer(resolve, waitMs));
  }
}

interface Failure {
  readonly error: DeliveryError;
  readonly retry: boolean;
  readonly waitMs?: number | undefined;
}

async function trySend(send: Send, request: SendRequest): Promise<Failure | undefined> {
  try {
    const { status, retryAfter } = await send(request);
    if (status >= 200 && status < 300) return undefined;
    const retry = RETRYABLE.has(status);
    const error = new DeliveryError(
      retry ? 'unreachable' : 'rejected',
      `${withoutSecrets(request.url)} answered ${status}`,
    );
    return { error, retry, waitMs: parseRetryAfterMs(retryAfter) };
  } catch (cause) {
    return {
      error: new DeliveryError('unreachable', `${withoutSecrets(request.url)} did not answer`, cause),
      retry: true,
    };
  }
}

/** User, password and query may hold a key. */
function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, '//').replace(/[?#].*$/, '');
}

/** `Retry-After`, RFC 9110 section 10.2.3: seconds or a date. */
export function parseRetryAfterMs(header: string | undefined, nowMs = Date.now()): number | undefined {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Exponential with full jitter, so that a thousand pages do not come back to a recovering collector at once. */
function backoffMs(attempt: number): number {
  return Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
}
