import { context } from '@opentelemetry/api';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { NOT_SENT, rejectedBy, withoutSecrets, type Send } from '../export/otlp-http.js';
import { parseRetryAfterMs, RETRYABLE } from '../export/retry.js';
import { suppressTracing } from '../suppression.js';
import type { MetricBackend } from './metric-backend.js';

export interface MetricEncoding {
  readonly serializer: ISerializer<ResourceMetrics, unknown>;
  readonly contentType: 'application/json' | 'application/x-protobuf';
}

export interface HttpMetricOptions extends MetricEncoding {
  /** The whole URL. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly send: Send;
}

/** How a backend of traces says that it takes no metrics. */
const NOT_TAKEN: readonly number[] = [404, 405, 501];

/** OTLP/HTTP, https://opentelemetry.io/docs/specs/otlp/#otlphttp. */
export function createHttpMetricBackend(options: HttpMetricOptions): MetricBackend {
  const { url, contentType } = options;
  const name = withoutSecrets(url);
  const reading = { ...options, name, count: 'rejectedDataPoints' } as const;
  const headers = { ...options.headers, 'content-type': contentType };
  return {
    name,
    async send(body, timeoutMs) {
      try {
        const untraced = suppressTracing(context.active());
        const response = await context.with(untraced, () => options.send({ url, headers, body, timeoutMs }));
        const { status } = response;
        if (status >= 200 && status < 300) return { rejected: rejectedBy(response, reading) };
        return {
          error: new Error(`${name} answered ${status}`),
          retry: status === NOT_SENT || RETRYABLE.includes(status),
          refused: NOT_TAKEN.includes(status),
          waitMs: parseRetryAfterMs(response.retryAfter),
        };
      } catch (cause) {
        return { error: new Error(`${name} did not answer`, { cause }), retry: true };
      }
    },
  };
}
