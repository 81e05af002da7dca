import { context, SpanStatusCode, type Context, type Exception, type Span, type SpanStatus } from '@opentelemetry/api';
import type { Attributes, AttributeValue, SpanHandle } from '../api.js';

/** An OpenTelemetry span together with the context in which it is active. */
export class ContextSpan implements SpanHandle {
  readonly span: Span;
  readonly context: Context;

  constructor(span: Span, ctx: Context) {
    this.span = span;
    this.context = ctx;
  }

  run<T>(fn: () => T): T {
    return context.with(this.context, fn);
  }

  spanContext() {
    return this.span.spanContext();
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.span.setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    this.span.setAttributes(attributes);
    return this;
  }

  addEvent(name: string, attributes?: Attributes): this {
    this.span.addEvent(name, attributes);
    return this;
  }

  setStatus(status: { code: number; message?: string }): this {
    this.span.setStatus(status);
    return this;
  }

  updateName(name: string): this {
    this.span.updateName(name);
    return this;
  }

  recordException(error: unknown): void {
    this.span.recordException(toException(error));
  }

  isRecording(): boolean {
    return this.span.isRecording();
  }

  /** @param epochMs when it was over, if not now */
  end(epochMs?: number): void {
    if (this.span.isRecording()) this.span.end(epochMs);
  }

  /** Ends it as failed by `error`, whatever was thrown. */
  fail(error: unknown): void {
    if (!this.span.isRecording()) return;
    failSpan(this.span, error);
    this.span.end();
  }

  /** Ends it as a success, unless the app has said otherwise. AgentOps counts an unset status as indeterminate. */
  succeed(): void {
    if (!this.span.isRecording()) return;
    const { status } = this.span as { status?: SpanStatus };
    if (!status?.code) this.span.setStatus({ code: SpanStatusCode.OK });
    this.span.end();
  }
}

/** Status, exception event and `error.type`, as the OpenTelemetry conventions on errors have it. */
export function failSpan(span: Span, error: unknown): void {
  const exception = toException(error);
  const { name, message } = exception as { name?: string; message?: string };
  span.setAttribute('error.type', name ?? '_OTHER');
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message && { message }) });
  span.recordException(exception);
}

/** Anything can be thrown, also what throws when it is looked at. */
function toException(error: unknown): Exception {
  try {
    if (error instanceof Error || isErrorLike(error)) {
      return { name: error.name, message: String(error.message), ...(error.stack && { stack: error.stack }) };
    }
    return { name: typeof error, message: String(error) };
  } catch {
    return { name: 'unknown', message: 'an error that cannot be read' };
  }
}

function isErrorLike(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'message' in error && typeof (error as Error).name === 'string';
}
