import { isSpanContextValid, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import { SamplingDecision, type ReadableSpan, type Sampler, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { TailCounts } from '../api.js';
import { MAX_TIMER_MS } from '../timers.js';
import type { SamplingParts } from './sampling.js';
import type { TailOptions } from './sampling-options.js';
import { createMatcher } from './sampling-rules.js';
import { HeldTraces } from './tail-traces.js';

/** What tail sampling adds to the way of a span. */
export interface TailSampling {
  /** Has spans recorded that `head` does not sample. */
  around(head: Sampler): Sampler;
  /** Stands before the queues: the span that decides goes on to them by itself, sampled by then; those that waited are handed over. */
  readonly processor: SpanProcessor;
  counts(): TailCounts;
  /** Decides all that are held by what is known of them. */
  stop(): void;
}

/**
 * Keeps traces for what happens in them, whatever was decided when they started: of those that were sampled then, nothing is held. It knows only the
 * spans of its process.
 */
export function createTailSampling(options: TailOptions, { service, routes }: SamplingParts): TailSampling {
  const { maxTraces = 5_000, maxSpans = 20_000, waitMs = 300_000, slowerThanMs = Infinity } = options;
  const longestMs = Number.isFinite(slowerThanMs) ? Math.max(waitMs, slowerThanMs) : waitMs;
  const isWorthKeeping = createVerdict(options, service);
  const held = new HeldTraces({
    maxTraces,
    maxSpans,
    waitMs: Math.min(longestMs, MAX_TIMER_MS),
    isSlow: elapsedMs => elapsedMs >= slowerThanMs,
    forward: span => routes.processors.forEach(processor => processor.onEnd(span)),
  });
  return {
    around: head => recordHeld(head, held),
    processor: {
      onStart: span => {
        if (!isSampled(span)) held.started(span, isFirstHere(span));
      },
      onEnd: span => held.ended(span, isWorthKeeping),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
    counts: () => held.counts,
    stop: () => held.close(),
  };
}

function recordHeld(head: Sampler, held: HeldTraces): Sampler {
  return {
    shouldSample(ctx, traceId, ...rest) {
      const result = head.shouldSample(ctx, traceId, ...rest);
      if (result.decision !== SamplingDecision.NOT_RECORD) return result;
      const parent = trace.getSpanContext(ctx);
      const isPart = parent !== undefined && isSpanContextValid(parent) && !parent.isRemote;
      // What goes on below a trace that has been decided follows it.
      if (isPart && !held.has(traceId)) return result;
      const decision = held.isKept(traceId) ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.RECORD;
      return { ...result, decision };
    },
    toString: () => `${head}`,
  };
}

function createVerdict(
  { keepErrors = true, slowerThanMs = Infinity, rules = [] }: TailOptions,
  service: string,
): (span: ReadableSpan) => boolean {
  const matchers = rules.map(createMatcher);
  return span => {
    if (keepErrors && span.status.code === SpanStatusCode.ERROR) return true;
    if (isFirstHere(span) && hrTimeToMilliseconds(span.duration) >= slowerThanMs) return true;
    const { name, kind, attributes } = span;
    const read = (key: string) => attributes[key];
    return matchers.some(matches => matches({ name, kind, service, read }));
  };
}

function isSampled(span: Pick<ReadableSpan, 'spanContext'>): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}

/** Of the spans of its trace in this process. */
function isFirstHere({ parentSpanContext }: ReadableSpan): boolean {
  return !parentSpanContext || parentSpanContext.isRemote === true;
}
