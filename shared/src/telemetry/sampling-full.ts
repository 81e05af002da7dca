import { ParentBasedSampler, TraceIdRatioBasedSampler, type Sampler } from '@opentelemetry/sdk-trace-base';
import { guarded, sampleAll, sampleShare, type CreateSampling, type SamplingParts } from './sampling.js';
import type { SamplingOptions, SamplingRule } from './sampling-options.js';
import { createMatcher } from './sampling-rules.js';
import { createTailSampling } from './tail.js';

/** All of `telemetry.sampling`, which is more than every page should carry. */
export const createFullSampling: CreateSampling = ({ sampler, sampling = {} }, parts) => {
  const head = sampler ? guarded(sampler) : (createSessionSampler(sampling, parts) ?? sampleAll());
  const tail = sampling.tail && createTailSampling(sampling.tail, parts);
  if (!tail) return { sampler: head };
  return {
    sampler: tail.around(head),
    processors: [tail.processor],
    health: () => ({ tailSampling: tail.counts() }),
    stop: tail.stop,
  };
};

function createSessionSampler(
  { rate, rules }: SamplingOptions,
  { sessions, service }: SamplingParts,
): Sampler | undefined {
  if (rate === undefined && !rules) return undefined;
  const table = (rules ?? []).map(toRow);
  const otherwise = toRow({ rate: rate ?? 1 });
  return new ParentBasedSampler({
    root: {
      shouldSample(ctx, traceId, ...[name, kind, attributes]) {
        const baggage = sessions.baggage(ctx);
        const read = (key: string) => attributes[key] ?? baggage.getEntry(key)?.value;
        const row = table.find(({ matches }) => matches({ name, kind, service, read })) ?? otherwise;
        const session = sessions.active(ctx);
        return session ? sampleShare(session.id, row.rate) : row.byTraceId.shouldSample(ctx, traceId);
      },
    },
  });
}

function toRow(rule: SamplingRule) {
  return { rate: rule.rate, matches: createMatcher(rule), byTraceId: new TraceIdRatioBasedSampler(rule.rate) };
}
