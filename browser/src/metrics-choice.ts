import type { MetricsParts, MetricsPipeline } from '@agentops/shared';

let create: ((parts: MetricsParts) => MetricsPipeline | undefined) | undefined;

/** Gives the start that follows metrics; see `metrics.ts`. */
export function chooseMetrics(by: typeof create): void {
  create = by;
}

export const createMetrics = (parts: MetricsParts) => create?.(parts);
