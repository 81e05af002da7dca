import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { BackendHealth, FlushResult } from '../api.js';
import type { Batch } from '../export/backend.js';
import type { LastSend } from '../export/last-send.js';
import { Outbox, type OutboxParts } from '../export/outbox.js';
import { startTimer } from '../timers.js';

export interface BatchOptions {
  /** Spans that wait or are on their way, at most; what comes on top is dropped and counted as `queue-full`. */
  readonly maxQueueSize: number;
  /** What they may take up when packed. */
  readonly maxQueueBytes: number;
  readonly maxBatchSize: number;
  /** How long a span waits for company, in milliseconds. */
  readonly delayMs: number;
  /** How long one attempt to send a batch may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** A queue, whatever its batches are. */
export type SpanQueue = SpanProcessor & Pick<BatchQueue, Exclude<keyof BatchQueue, keyof SpanProcessor>>;

export type QueueParts<B extends Batch> = Omit<OutboxParts<B>, 'maxBytes'>;

/** A synchronous burst is packed while it goes on: packed spans take a tenth of the memory. */
const PACK_AT_BATCHES = 4;

/**
 * The way of ended spans to one backend. Not OpenTelemetry's `BatchSpanProcessor`: that one says it is flushed while an export is under way,
 * forgets what it drops, and gives up what the backend could take a little later.
 */
export class BatchQueue<B extends Batch = Batch> implements SpanProcessor {
  readonly #parts: QueueParts<B>;
  readonly #options: BatchOptions;
  readonly #outbox: Outbox<B>;
  /** A queue that is smaller than a batch is exported when it is full. */
  readonly #batchSize: number;
  readonly #waiting: ReadableSpan[] = [];
  #timer: { id: ReturnType<typeof setTimeout>; soon: boolean } | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: QueueParts<B>, options: BatchOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#outbox = new Outbox({ ...parts, maxBytes: options.maxQueueBytes });
    this.#batchSize = Math.min(options.maxBatchSize, options.maxQueueSize);
  }

  /** Whether it wants to hear of spans that start. */
  get notesStarts(): boolean {
    return Boolean(this.#parts.spool?.started);
  }

  onStart(span: unknown): void {
    const { spool } = this.#parts;
    if (spool?.started && isSampled(span as ReadableSpan)) spool.started(span as ReadableSpan);
  }

  /** A span that has started does not come here after all. */
  discard(span: ReadableSpan): void {
    this.#parts.spool?.packed?.([], [span]);
  }

  onEnd(span: ReadableSpan): void {
    if (!isSampled(span)) return;
    if (this.#closed) return this.#outbox.tally.drop('after-shutdown', 1);
    if (this.#waiting.length + this.#outbox.spans >= this.#options.maxQueueSize) return this.#drop('queue-full', span);
    this.#parts.spool?.ended?.(span);
    this.#waiting.push(span);
    if (this.#outbox.isLeaving) return queueMicrotask(() => this.leave());
    if (this.#waiting.length >= this.#batchSize * PACK_AT_BATCHES) this.#packFull();
    this.#schedule();
  }

  /** Resolves when everything ended so far has been delivered, given up or kept for later. */
  async forceFlush(): Promise<void> {
    await this.#drain();
    await this.#parts.backend.flush?.();
  }

  /** Takes nothing more, delivers what has ended, and shuts the backend down; once. */
  shutdown(): Promise<void> {
    return (this.#closed ??= this.#drain().then(async () => {
      await this.#parts.backend.shutdown();
      await this.#parts.spool?.close();
    }));
  }

  /** See `Outbox`. */
  resume(): void {
    this.#outbox.resume();
  }

  leave(over = false): void {
    this.#packAll();
    this.#outbox.leave(over);
    // Whoever starts next may want it.
    if (over && !this.#outbox.spans) void this.#parts.spool?.close();
  }

  leaveSync(): LastSend {
    this.#packAll();
    return this.#outbox.leaveSync();
  }

  report(): FlushResult {
    const { pending, tally } = this.#outbox;
    return { delivered: tally.delivered, pending: this.#waiting.length + pending, dropped: { ...tally.dropped } };
  }

  health(): BackendHealth {
    const { bytes: queuedBytes, tally } = this.#outbox;
    const { attempts, failures, lastError } = tally;
    return { backend: this.#parts.backend.name, ...this.report(), queuedBytes, attempts, failures, lastError };
  }

  #drain(): Promise<void> {
    this.#packAll();
    return this.#outbox.flush();
  }

  /** A full batch leaves with the next turn, not within the code that ended its last span. */
  #schedule(): void {
    const soon = this.#waiting.length >= this.#batchSize;
    if (this.#timer && (this.#timer.soon || !soon)) return;
    clearTimeout(this.#timer?.id);
    const run = () => {
      this.#timer = undefined;
      if (soon) this.#packFull();
      else this.#packAll();
      this.#outbox.pump();
      if (this.#waiting.length) this.#schedule();
    };
    this.#timer = { id: startTimer(run, soon ? 0 : this.#options.delayMs), soon };
  }

  #packFull(): void {
    while (this.#waiting.length >= this.#batchSize) this.#pack(this.#waiting.splice(0, this.#batchSize));
  }

  #packAll(): void {
    this.#packFull();
    if (this.#waiting.length) this.#pack(this.#waiting.splice(0));
  }

  #pack(spans: ReadableSpan[]): void {
    const { backend, spool } = this.#parts;
    try {
      const batches = backend.pack(spans);
      spool?.packed?.(batches, spans);
      for (const batch of batches) this.#outbox.add(batch);
    } catch (error) {
      if (spans.length === 1) return this.#drop('unserializable', spans[0] as ReadableSpan, error);
      // One of them is at fault.
      const middle = spans.length >> 1;
      this.#pack(spans.slice(0, middle));
      this.#pack(spans.slice(middle));
    }
  }

  #drop(cause: string, span: ReadableSpan, error?: unknown): void {
    this.#outbox.tally.drop(cause, 1, error);
    this.discard(span);
  }
}

export function isSampled(span: ReadableSpan): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}
