import type { Sampler } from '@opentelemetry/sdk-trace-base';
import type { MetricsPipeline } from '../platform.js';
import { honourB3 } from './b3-sampler.js';

/** `sampler` as a provider has it: told what B3 headers said, and recording what metrics are made of. */
export function samplerOfProvider(sampler: Sampler, metrics: readonly MetricsPipeline[]): Sampler {
  return metrics.reduce((inner, { around }) => around(inner), honourB3(sampler));
}
