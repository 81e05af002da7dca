import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span } from '@opentelemetry/sdk-trace-base';
import type { BackendHealth, FlushResult } from '../api.js';
import type { LastSend } from '../export/last-send.js';
import type { SpanQueue } from './batch.js';

/** Stands before a queue, and is one itself: what a step does not change goes on as it came. */
export abstract class QueueStep implements SpanQueue {
  protected readonly next: SpanQueue;

  constructor(next: SpanQueue) {
    this.next = next;
  }

  get notesStarts(): boolean {
    return this.next.notesStarts;
  }

  abstract onStart(span: Span, parent: Context): void;

  abstract onEnd(span: ReadableSpan): void;

  discard(span: ReadableSpan): void {
    this.next.discard(span);
  }

  forceFlush(): Promise<void> {
    return this.next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.next.shutdown();
  }

  resume(): void {
    this.next.resume();
  }

  leave(over?: boolean): void {
    this.next.leave(over);
  }

  leaveSync(): LastSend {
    return this.next.leaveSync();
  }

  report(): FlushResult {
    return this.next.report();
  }

  health(): BackendHealth {
    return this.next.health();
  }
}
