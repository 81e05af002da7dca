import type { Platform } from '@agentops/shared';

/** What the start that follows makes metrics with: nothing, unless `metrics.ts` is imported. */
export const metricsChoice: Pick<Platform, 'createMetrics' | 'serverChecks'> = {};
