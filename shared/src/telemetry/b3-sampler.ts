import { isSpanContextValid, trace, TraceFlags, type Context } from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace-base';
import { b3StateIn } from '../propagation/b3-state.js';

/**
 * `sampler`, told what B3 headers said and a parent cannot say: a decision that came without a trace counts like that of a remote parent, and where
 * the sender left it open the span is sampled as a root would be.
 */
export function honourB3(sampler: Sampler): Sampler {
  return {
    shouldSample: (ctx, traceId, ...rest) => sampler.shouldSample(withB3Parent(ctx, traceId), traceId, ...rest),
    toString: () => `${sampler}`,
  };
}

function withB3Parent(ctx: Context, traceId: string): Context {
  const b3 = b3StateIn(ctx);
  if (!b3) return ctx;
  const parent = trace.getSpanContext(ctx);
  if (parent && isSpanContextValid(parent)) {
    const isOpen = parent.isRemote && b3.traceId === traceId && !b3.state;
    return isOpen ? trace.deleteSpan(ctx) : ctx;
  }
  if (b3.traceId) return ctx;
  const traceFlags = b3.state === '0' ? TraceFlags.NONE : TraceFlags.SAMPLED;
  // Seen by the sampler alone: any valid id will do.
  return trace.setSpanContext(ctx, { traceId, spanId: 'f'.repeat(16), traceFlags, isRemote: true });
}
