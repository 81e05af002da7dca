import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { NOT_SENT, withoutSecrets, type Send, type SendResponse } from '../export/otlp-http.js';
import { parseRetryAfterMs, RETRYABLE } from '../export/retry.js';

export interface OtlpMetricTarget {
  /** The whole URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly serializer: ISerializer<ResourceMetrics, unknown>;
  readonly contentType: 'application/json' | 'application/x-protobuf';
  readonly send: Send;
}

/** Taken, but for `rejected` data points; or not. */
export type MetricOutcome =
  | { readonly rejected: number }
  | {
      readonly error: Error;
      readonly retry: boolean;
      readonly status?: number;
      /** What the backend asks for before the next attempt. */
      readonly waitMs?: number | undefined;
    };

/** One attempt. Never rejects. */
export async function sendMetrics(
  target: OtlpMetricTarget,
  body: Uint8Array<ArrayBuffer>,
  timeoutMs: number,
): Promise<MetricOutcome> {
  const { url, contentType } = target;
  const name = withoutSecrets(url);
  try {
    const headers = { ...target.headers, 'content-type': contentType };
    const untraced = suppressTracing(context.active());
    const response = await context.with(untraced, () => target.send({ url, headers, body, timeoutMs }));
    const { status } = response;
    if (status >= 200 && status < 300) return { rejected: rejectedIn(response, target) };
    const waitMs = parseRetryAfterMs(response.retryAfter);
    const retry = status === NOT_SENT || RETRYABLE.includes(status);
    return { error: new Error(`${name} answered ${status}`), retry, status, waitMs };
  } catch (cause) {
    return { error: new Error(`${name} did not answer`, { cause }), retry: true };
  }
}

/** Partial success must not be retried, says the specification. */
function rejectedIn({ body, contentType }: SendResponse, target: OtlpMetricTarget): number {
  if (!body?.length || !contentType?.startsWith(target.contentType)) return 0;
  try {
    const answer = target.serializer.deserializeResponse(body) as { partialSuccess?: { rejectedDataPoints?: unknown } };
    return Math.max(0, Math.trunc(Number(answer.partialSuccess?.rejectedDataPoints ?? 0))) || 0;
  } catch {
    return 0;
  }
}
