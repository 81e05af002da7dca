import { SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace-base';
import { familyOf } from './span-instruments.js';
import { outerOf } from './span-metrics.js';

/**
 * `sampler`, but spans that metrics are made of are recorded also where it does not sample them: the rest of a trace may be left out, not the bill. So
 * is what is inside them: by it a span knows whether it is of the same call as one further out.
 */
export function recordMeasured(sampler: Sampler): Sampler {
  return {
    shouldSample(...span) {
      const result = sampler.shouldSample(...span);
      const [ctx, , , , attributes] = span;
      const isMeasured = familyOf(attributes) ?? outerOf(ctx);
      const isSeen = result.decision !== SamplingDecision.NOT_RECORD || !isMeasured;
      return isSeen ? result : { ...result, decision: SamplingDecision.RECORD };
    },
    toString: () => `${sampler}`,
  };
}
