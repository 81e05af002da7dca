import { SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace-base';
import { familyOf } from './span-instruments.js';

/** `sampler`, but spans that metrics are made of are recorded also where it does not sample them: the rest of a trace may be left out, not the bill. */
export function recordMeasured(sampler: Sampler): Sampler {
  return {
    shouldSample(...span) {
      const result = sampler.shouldSample(...span);
      const [, , , , attributes] = span;
      const isSeen = result.decision !== SamplingDecision.NOT_RECORD || !familyOf(attributes);
      return isSeen ? result : { ...result, decision: SamplingDecision.RECORD };
    },
    toString: () => `${sampler}`,
  };
}
