import { trace, type Context, type SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** A recorded span of this process and the one above it, which stays in memory for as long as the lower one. */
export interface Member {
  readonly span: ReadableSpan;
  /** `undefined` for the first of its trace here. */
  readonly parent: Member | undefined;
}

/** By the span context as an object, which a span shares with all handles and copies of it. */
const members = new WeakMap<SpanContext, Member>();

/** Remembers whose child `span` is. */
export function noteStart(span: ReadableSpan, parent: Context): void {
  const own = span.spanContext();
  if (members.has(own)) return;
  const above = trace.getSpanContext(parent);
  // A span may start as a root wherever it starts.
  const isChild = above !== undefined && above.spanId === span.parentSpanContext?.spanId;
  members.set(own, { span, parent: isChild ? members.get(above) : undefined });
}

export function memberOf(span: ReadableSpan): Member {
  return members.get(span.spanContext()) ?? { span, parent: undefined };
}
