import {
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  type Sampler,
  type SamplingResult,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Health } from '../api.js';
import type { InitOptions } from '../config/config.js';
import { guard } from '../guard.js';
import type { SessionManager } from '../session/manager.js';
import type { Routes } from './routes.js';
import type { SpanSampler } from './sampling-options.js';
import { isInShare } from './sampling-share.js';

/** Which spans are recorded, and which of those go to the backends. */
export interface Sampling {
  readonly sampler: Sampler;
  /** These stand before the queues. */
  readonly processors?: readonly SpanProcessor[];
  health?(): Pick<Health, 'tailSampling'>;
  stop?(): void;
}

export interface SamplingParts {
  readonly sessions: SessionManager;
  /** `service.name` */
  readonly service: string;
  readonly routes: Pick<Routes, 'processors'>;
}

export type CreateSampling = (options: NonNullable<InitOptions['telemetry']>, parts: SamplingParts) => Sampling;

/**
 * What every page carries; `sampling-full.ts` has the rest. A trace is decided where it starts, by its session, so that all who see the session agree
 * without asking each other.
 */
export const createSampling: CreateSampling = ({ sampler, sampling: { rate = 1 } = {} }, { sessions }) => {
  if (sampler) return { sampler: guarded(sampler) };
  if (rate === 1) return { sampler: sampleAll() };
  const bySession: Sampler = {
    shouldSample: (ctx, traceId) => sampleShare(sessions.active(ctx)?.id ?? traceId, rate),
  };
  return { sampler: new ParentBasedSampler({ root: bySession }) };
};

/** Samples the share `rate` of all ids. */
export function sampleShare(id: string, rate: number): SamplingResult {
  return { decision: isInShare(id, rate) ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
}

/** All traces that start here, and of those that arrive what their sender says. */
export function sampleAll(): Sampler {
  return new ParentBasedSampler({ root: new AlwaysOnSampler() });
}

/** An app's sampler that throws, or decides nothing, does not take the span with it. */
export function guarded(sampler: SpanSampler): Sampler {
  const fallback = sampleAll();
  return {
    shouldSample: (...span) =>
      (guard('the sampler', () => sampler.shouldSample(...span)) as SamplingResult | undefined) ??
      fallback.shouldSample(...span),
    toString: () => `${sampler}`,
  };
}
