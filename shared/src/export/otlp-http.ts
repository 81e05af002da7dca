import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { toError } from '../errors.js';
import { sendWithRetry } from './retry.js';

/** One HTTP request of the toolkit itself. */
export interface SendRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** For the whole request. */
  readonly timeoutMs: number;
}

export interface SendResponse {
  readonly status: number;
  /** The `Retry-After` header as it came. */
  readonly retryAfter?: string | undefined;
}

/** The platform's way to send; rejects when no answer came. */
export type Send = (request: SendRequest) => Promise<SendResponse>;

export interface OtlpHttpOptions {
  /** Base URL, to which `/v1/traces` is added, or the whole URL with it. */
  readonly endpoint: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly serializer: ISerializer<ReadableSpan[], unknown>;
  readonly contentType: 'application/json' | 'application/x-protobuf';
  readonly send: Send;
  /** For a batch with all its retries, in milliseconds. */
  readonly timeoutMs: number;
}

/** OTLP/HTTP, https://opentelemetry.io/docs/specs/otlp/#otlphttp. */
export function createOtlpHttpExporter(options: OtlpHttpOptions): SpanExporter {
  const url = tracesUrl(options.endpoint);
  const headers = { ...options.headers, 'content-type': options.contentType };
  const pending = new Set<Promise<void>>();
  const deliver = async (spans: ReadableSpan[], done: (result: ExportResult) => void): Promise<void> => {
    try {
      const body = options.serializer.serializeRequest(spans);
      if (!body) throw new Error('the spans could not be serialized');
      await sendWithRetry(options.send, { url, headers, body, timeoutMs: options.timeoutMs });
      done({ code: ExportResultCode.SUCCESS });
    } catch (error) {
      done({ code: ExportResultCode.FAILED, error: toError(error) });
    }
  };
  return {
    export(spans, done) {
      const delivery = deliver(spans, done);
      pending.add(delivery);
      void delivery.then(() => pending.delete(delivery));
    },
    forceFlush: async () => void (await Promise.all(pending)),
    shutdown: async () => void (await Promise.all(pending)),
  };
}

function tracesUrl(endpoint: string): string {
  // A query, such as a token, stays behind the path.
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/.exec(endpoint) ?? [];
  return `${/\/v1\/traces\/?$/.test(path) ? path : `${path.replace(/\/+$/, '')}/v1/traces`}${query}`;
}
