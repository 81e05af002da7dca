import { context, type Span, type Tracer, type TracerProvider } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { diagnostics } from '../diagnostics.js';
import type { SdkTracerProvider } from '../platform.js';
import type { AttachedProcessor } from './attached-processor.js';

/**
 * The app's provider as the toolkit's own tracers see it. No provider of 2.x or 3.x takes a processor once it is made, so where it was not given ours
 * our own spans are brought to the processor here. It is not ours to flush or to shut down.
 */
export function createAttachedProvider(provider: TracerProvider, processor: AttachedProcessor): SdkTracerProvider {
  return {
    getTracer: (...scope) => processing(provider.getTracer(...scope), processor),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

/** A tracer over `tracer`, which others may have been given too. */
function processing(tracer: Tracer, processor: AttachedProcessor): Tracer {
  const startSpan: Tracer['startSpan'] = (name, options, ctx = context.active()) => {
    const span = tracer.startSpan(name, options, ctx);
    if (!span.isRecording() || processor.has(span)) return span;
    if (isOfSdk(span)) {
      processor.onStart(span, ctx);
      processAtEnd(span, processor);
    } else diagnostics.warn('external-kind', OTHER_KIND);
    return span;
  };
  return Object.assign(Object.create(tracer) as Tracer, { startSpan });
}

const OTHER_KIND =
  "the provider of the app is not of OpenTelemetry's SDK: its spans are its own, and none goes to AgentOps's backends; leave telemetry.useExternalOtel out";

/** Other implementations of the API have spans of their own kind. */
function isOfSdk(span: Span): span is Span & ReadableSpan {
  return 'resource' in span && 'startTime' in span;
}

function processAtEnd(span: Span & ReadableSpan, processor: AttachedProcessor): void {
  const end = span.end.bind(span);
  span.end = time => {
    if (!span.isRecording()) return end(time);
    processor.onEnding(span);
    end(time);
    processor.onEnd(span);
  };
}
