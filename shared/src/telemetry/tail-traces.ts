import { TraceFlags, type SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { TailCounts } from '../api.js';
import { diagnostics } from '../diagnostics.js';
import { startTimer } from '../timers.js';

export interface HeldTracesParts {
  readonly maxTraces: number;
  readonly maxSpans: number;
  /** How long one is held. */
  readonly waitMs: number;
  /** Whether one that is still open after so long is worth keeping for that alone. */
  readonly isSlow: (elapsedMs: number) => boolean;
  /** Takes spans that ended before their trace was kept. */
  readonly forward: (span: ReadableSpan) => void;
}

interface HeldTrace {
  readonly startedMs: number;
  readonly open: Set<ReadableSpan>;
  ended: ReadableSpan[];
  isKept: boolean;
}

/** Traces that nobody has sampled, held until they are kept or nothing of them is open here; bounded, and the oldest go first. */
export class HeldTraces {
  readonly #parts: HeldTracesParts;
  readonly #traces = new Map<string, HeldTrace>();
  #spans = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  readonly #counts = { kept: 0, dropped: 0, overflowed: 0 };

  constructor(parts: HeldTracesParts) {
    this.#parts = parts;
  }

  get counts(): TailCounts {
    return { held: this.#traces.size, ...this.#counts };
  }

  has(traceId: string): boolean {
    return this.#traces.has(traceId);
  }

  isKept(traceId: string): boolean {
    return this.#traces.get(traceId)?.isKept ?? false;
  }

  /** @param isFirst of its trace here: then the trace is held from now on */
  started(span: ReadableSpan, isFirst: boolean): void {
    const { traceId } = span.spanContext();
    const trace = this.#traces.get(traceId) ?? (isFirst && !this.#isClosed ? this.#hold(traceId) : undefined);
    if (!trace) return;
    trace.open.add(span);
    this.#spans++;
    this.#makeRoom(0);
  }

  ended(span: ReadableSpan, isWorthKeeping: (span: ReadableSpan) => boolean): void {
    const { traceId } = span.spanContext();
    const trace = this.#traces.get(traceId);
    if (!trace?.open.has(span)) return;
    if (!trace.isKept && isWorthKeeping(span)) this.#keep(trace);
    trace.open.delete(span);
    if (trace.isKept) this.#spans--;
    else trace.ended.push(span);
    if (!trace.open.size) this.#release(traceId, trace, 'dropped');
  }

  /** Decides all of them by what is known, and holds nothing more. */
  close(): void {
    this.#isClosed = true;
    for (const [traceId, trace] of this.#traces) this.#giveUp(traceId, trace, 'dropped');
    clearTimeout(this.#timer);
  }

  #hold(traceId: string): HeldTrace {
    this.#makeRoom(1);
    const trace = { startedMs: performance.now(), open: new Set<ReadableSpan>(), ended: [], isKept: false };
    this.#traces.set(traceId, trace);
    this.#timer ??= startTimer(() => this.#sweep(), this.#parts.waitMs);
    return trace;
  }

  #makeRoom(traces: number): void {
    for (const [traceId, trace] of this.#traces) {
      if (this.#traces.size + traces <= this.#parts.maxTraces && this.#spans <= this.#parts.maxSpans) return;
      this.#giveUp(traceId, trace, 'overflowed');
      diagnostics.warn(
        'tail-overflow',
        'more is going on than tail sampling may hold, so the oldest traces are not waited for; see telemetry.sampling.tail.maxTraces and maxSpans',
      );
    }
  }

  #sweep(): void {
    const nowMs = performance.now();
    this.#timer = undefined;
    for (const [traceId, trace] of this.#traces) {
      const leftMs = trace.startedMs + this.#parts.waitMs - nowMs;
      if (leftMs > 0) {
        this.#timer = startTimer(() => this.#sweep(), leftMs);
        return;
      }
      this.#giveUp(traceId, trace, 'dropped');
    }
  }

  /** What is still open of it ends as what it is now, sampled or not, and nothing waits for it. */
  #giveUp(traceId: string, trace: HeldTrace, cause: 'dropped' | 'overflowed'): void {
    if (!trace.isKept && this.#parts.isSlow(performance.now() - trace.startedMs)) this.#keep(trace);
    this.#release(traceId, trace, cause);
  }

  #keep(trace: HeldTrace): void {
    trace.isKept = true;
    this.#counts.kept++;
    // The flag is where every queue and every child to come looks.
    for (const span of [...trace.ended, ...trace.open]) sample(span);
    for (const span of trace.ended) this.#parts.forward(span);
    this.#spans -= trace.ended.length;
    trace.ended = [];
  }

  #release(traceId: string, trace: HeldTrace, cause: 'dropped' | 'overflowed'): void {
    this.#traces.delete(traceId);
    this.#spans -= trace.open.size + trace.ended.length;
    if (!trace.isKept) this.#counts[cause]++;
  }
}

function sample(span: ReadableSpan): void {
  const spanContext: { -readonly [K in keyof SpanContext]: SpanContext[K] } = span.spanContext();
  spanContext.traceFlags |= TraceFlags.SAMPLED;
}
