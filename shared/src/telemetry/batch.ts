import { context, TraceFlags } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { FlushResult } from '../api.js';
import { diagnostics } from '../diagnostics.js';
import { toError } from '../errors.js';
import { DeliveryError } from '../export/retry.js';
import { startTimer } from '../timers.js';

export interface BatchOptions {
  /** Spans that wait, at most; what comes on top is dropped and counted as `queue-full`. */
  readonly maxQueueSize: number;
  readonly maxBatchSize: number;
  /** How long a span waits for company, in milliseconds. */
  readonly delayMs: number;
  /** How long one batch may take before it counts as `timeout`, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Queues ended spans for one exporter. Not OpenTelemetry's `BatchSpanProcessor`: that one says it is flushed while an export is
 * under way, and forgets what it drops.
 */
export class BatchQueue implements SpanProcessor {
  readonly #exporter: SpanExporter;
  readonly #options: BatchOptions;
  /** A queue that is smaller than a batch is exported when it is full. */
  readonly #batchSize: number;
  readonly #queue: ReadableSpan[] = [];
  readonly #dropped: Record<string, number> = {};
  #delivered = 0;
  #inFlight = 0;
  #draining: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed: Promise<void> | undefined;

  constructor(exporter: SpanExporter, options: BatchOptions) {
    this.#exporter = exporter;
    this.#options = options;
    this.#batchSize = Math.min(options.maxBatchSize, options.maxQueueSize);
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (!(span.spanContext().traceFlags & TraceFlags.SAMPLED)) return;
    if (this.#closed) return this.#drop('after-shutdown', 1);
    if (this.#queue.length >= this.#options.maxQueueSize) return this.#drop('queue-full', 1);
    this.#queue.push(span);
    if (this.#queue.length >= this.#batchSize) void this.#drain();
    else this.#timer ??= startTimer(() => void this.#drain(), this.#options.delayMs);
  }

  /** Resolves when everything ended so far has been delivered or given up. */
  async forceFlush(): Promise<void> {
    while (this.#queue.length || this.#inFlight) await this.#drain();
  }

  /** Takes nothing more, delivers what has ended, and shuts the exporter down; once. */
  shutdown(): Promise<void> {
    return (this.#closed ??= this.forceFlush().then(() => this.#exporter.shutdown()));
  }

  report(): FlushResult {
    return { delivered: this.#delivered, pending: this.#queue.length + this.#inFlight, dropped: { ...this.#dropped } };
  }

  /** One batch at a time: a backend that is slow gets no second request on top. */
  #drain(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return (this.#draining ??= this.#exportAll().finally(() => {
      this.#draining = undefined;
      // What ended since the last look at the queue took this drain for one that would see it.
      if (this.#queue.length) void this.#drain();
    }));
  }

  async #exportAll(): Promise<void> {
    while (this.#queue.length) {
      const batch = this.#queue.splice(0, this.#batchSize);
      this.#inFlight = batch.length;
      const cause = await exportBatch(this.#exporter, batch, this.#options.timeoutMs);
      this.#inFlight = 0;
      if (cause) this.#drop(cause, batch.length);
      else this.#delivered += batch.length;
    }
  }

  #drop(cause: string, count: number): void {
    this.#dropped[cause] = (this.#dropped[cause] ?? 0) + count;
  }
}

/** The cause of failure, or `undefined` for success. Never rejects, whatever the exporter does. */
function exportBatch(exporter: SpanExporter, batch: ReadableSpan[], timeoutMs: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const fail = (error: unknown) => {
      diagnostics.warn('export', `${batch.length} spans were not delivered; the app goes on`, error);
      resolve(error instanceof DeliveryError ? error.reason : 'failed');
    };
    const timer = startTimer(() => resolve('timeout'), timeoutMs);
    const answer = (result: ExportResult | undefined) => {
      clearTimeout(timer);
      if (result?.code === ExportResultCode.SUCCESS) resolve(undefined);
      else fail(result?.error ?? new Error('the exporter gave no reason'));
    };
    const broken = (error: unknown) => answer({ code: ExportResultCode.FAILED, error: toError(error) });
    try {
      const exported: unknown = context.with(suppressTracing(context.active()), () => exporter.export(batch, answer));
      // An async function may stand there, and its rejection would go unhandled.
      Promise.resolve(exported).catch(broken);
    } catch (error) {
      broken(error);
    }
  });
}
