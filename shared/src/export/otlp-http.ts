import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { diagnostics } from '../diagnostics.js';
import { randomUuid } from '../session/uuid.js';
import type { Backend, EncodedBatch } from './backend.js';
import type { ExitRequest } from './last-send.js';
import { parseRetryAfterMs, RETRYABLE } from './retry.js';

/** One HTTP request of the toolkit itself. */
export interface SendRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** For the whole request. */
  readonly timeoutMs: number;
  /** Told that from now on it goes on without the page, should that be left. */
  readonly onKept?: () => void;
}

export interface SendResponse {
  /** `NOT_SENT`, or what came back; 0 for a redirect in a page. */
  readonly status: number;
  /** The `Retry-After` header as it came. */
  readonly retryAfter?: string | undefined;
  readonly contentType?: string | null | undefined;
  /** The start of it: a platform reads no more than `MAX_RESPONSE_BYTES`. */
  readonly body?: Uint8Array | undefined;
}

/** The status of what the platform did not send. */
export const NOT_SENT = -1;

/** An OTLP answer holds two small fields. What is longer is cut off unread. */
export const MAX_RESPONSE_BYTES = 65_536;

/** The platform's way to send; rejects when no answer came. */
export type Send = (request: SendRequest) => Promise<SendResponse>;

/** What the platform makes of a request that it has to send in the last turn of its process. */
export type ToExitRequest = (request: Pick<SendRequest, 'url' | 'headers' | 'body'>) => ExitRequest;

/** What one backend is sent at a time. */
export interface SendLimits {
  /** Of a batch, unless a single span is larger. */
  readonly maxBatchBytes: number;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  /** While the page is being left. */
  readonly maxLeavingBytes?: number;
}

export interface OtlpHttpOptions extends SendLimits {
  /** Base URL, to which `/v1/traces` is added, or the whole URL with it. */
  readonly endpoint: string;
  /** The whole URL, whatever its path; goes before `endpoint`. */
  readonly url?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly serializer: ISerializer<ReadableSpan[], unknown>;
  readonly contentType: 'application/json' | 'application/x-protobuf';
  readonly send: Send;
  readonly toExitRequest?: ToExitRequest | undefined;
  /** For one attempt, in milliseconds. */
  readonly timeoutMs: number;
}

/** Names a batch: a receiver that has seen it drops the repeat. */
export const BATCH_ID_HEADER = 'agentops-batch-id';

/** OTLP/HTTP, https://opentelemetry.io/docs/specs/otlp/#otlphttp. */
export function createOtlpBackend(options: OtlpHttpOptions): Backend<EncodedBatch> {
  const { maxInFlight, maxInFlightBytes, maxLeavingBytes, timeoutMs, send, toExitRequest } = options;
  const url = options.url ?? tracesUrl(options.endpoint);
  const name = withoutSecrets(url);
  const reading = { ...options, name, count: 'rejectedSpans' } as const;
  const request = ({ id, body }: EncodedBatch): SendRequest => ({
    url,
    headers: { ...options.headers, 'content-type': options.contentType, [BATCH_ID_HEADER]: id },
    body,
    timeoutMs,
  });
  return {
    name,
    maxInFlight,
    maxInFlightBytes,
    maxLeavingBytes,
    pack: spans => packSpans(spans, options),
    async send(batch) {
      try {
        const response = await send(request(batch));
        const { status } = response;
        if (status >= 200 && status < 300) return { rejected: Math.min(batch.count, rejectedBy(response, reading)) };
        const unsent = status === NOT_SENT;
        const retry = unsent || RETRYABLE.includes(status);
        const error = new Error(`${name} answered ${status}`);
        return {
          cause: retry ? 'unreachable' : 'rejected',
          error,
          retry,
          unsent,
          waitMs: parseRetryAfterMs(response.retryAfter),
        };
      } catch (cause) {
        return { cause: 'unreachable', error: new Error(`${name} did not answer`, { cause }), retry: true };
      }
    },
    toExitRequest: toExitRequest && (batch => toExitRequest(request(batch))),
    shutdown: () => Promise.resolve(),
  };
}

/** In batches of `maxBatchBytes` at most. */
export function packSpans(
  spans: readonly ReadableSpan[],
  options: Pick<OtlpHttpOptions, 'serializer' | 'maxBatchBytes'>,
): EncodedBatch[] {
  const body = options.serializer.serializeRequest([...spans]) as Uint8Array<ArrayBuffer> | undefined;
  if (!body) throw new Error('the serializer made nothing of the spans');
  const bytes = body.byteLength;
  if (bytes <= options.maxBatchBytes || spans.length === 1)
    return [{ id: randomUuid(), count: spans.length, bytes, body }];
  const middle = spans.length >> 1;
  return [...packSpans(spans.slice(0, middle), options), ...packSpans(spans.slice(middle), options)];
}

/** How the answers of one backend are read. */
export interface AnswerReading {
  readonly name: string;
  readonly serializer: Pick<ISerializer<unknown, unknown>, 'deserializeResponse'>;
  /** The field with what was not taken. */
  readonly count: 'rejectedSpans' | 'rejectedDataPoints';
}

/** `readRejected`, where the answer is in the format that was sent. */
export function rejectedBy(
  { body, contentType }: SendResponse,
  reading: AnswerReading & Pick<OtlpHttpOptions, 'contentType'>,
): number {
  return body?.length && contentType?.startsWith(reading.contentType) ? readRejected(body, reading) : 0;
}

/**
 * How much a backend says it has not taken. Partial success must not be retried, says the specification. Whatever else an answer holds is
 * nobody's business.
 */
export function readRejected(body: Uint8Array, { name, serializer, count }: AnswerReading): number {
  try {
    const { partialSuccess } = serializer.deserializeResponse(body) as { partialSuccess?: PartialSuccess };
    if (partialSuccess?.errorMessage)
      diagnostics.warn(count + name, `${name} says: ${partialSuccess.errorMessage.slice(0, 200)}`);
    return Math.max(0, Math.trunc(Number(partialSuccess?.[count] ?? 0))) || 0;
  } catch {
    return 0;
  }
}

type PartialSuccess = { [count in AnswerReading['count']]?: number | string } & { errorMessage?: string };

/** Of the base URL, or the whole one. */
export function tracesUrl(endpoint: string): string {
  // A query, such as a token, stays behind the path.
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/.exec(endpoint) ?? [];
  return `${/\/v1\/traces\/?$/.test(path) ? path : `${path.replace(/\/+$/, '')}/v1/traces`}${query}`;
}

/** User, password and query may hold a key. */
export function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, '//').replace(/[?#].*$/, '');
}
