import type { Context, Span } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { guard } from '../guard.js';

/** What providers of OpenTelemetry 2.x and 3.x call a `SpanProcessor`, in words that are neither's. */
export interface AttachedSpanProcessor {
  onStart(span: Span, parentContext: Context): void;
  onEnding(span: Span): void;
  onEnd(span: object): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** All that the toolkit does with a span, as one processor for a provider of the app's. */
export interface AttachedProcessor extends AttachedSpanProcessor {
  /** Whether it is at work on `span`, whoever has brought it. */
  has(span: object): boolean;
  /** The client is shut down: who still has the processor has one that does nothing. */
  stop(): void;
}

type SdkSpan = Span & ReadableSpan;

/** Providers call their processors within the code of the app, and catch nothing. */
export function createAttachedProcessor(parts: readonly SpanProcessor[]): AttachedProcessor {
  const open = new WeakSet<object>();
  let isOver = false;
  const each = (work: (part: SpanProcessor) => void) => guard('processing a span', () => parts.forEach(work));
  const all = (work: (part: SpanProcessor) => Promise<void>) => Promise.all(parts.map(work)).then(() => {});
  return {
    onStart(span, ctx) {
      // Two providers may have it, or one of them twice.
      if (isOver || open.has(span)) return;
      open.add(span);
      each(part => part.onStart(span as SdkSpan, ctx));
    },
    onEnding(span) {
      if (open.has(span)) each(part => part.onEnding?.(span as SdkSpan));
    },
    onEnd(span) {
      if (open.delete(span)) each(part => part.onEnd(span as SdkSpan));
    },
    forceFlush: () => all(part => part.forceFlush()),
    shutdown: () => all(part => part.shutdown()),
    has: span => open.has(span),
    stop() {
      isOver = true;
    },
  };
}
