import type { FullTelemetry } from '@agentops/shared';

/** What a page has beyond the least. */
export let telemetryChoice: FullTelemetry = {};

/** Gives the start that follows more; see `pipelines.ts`. */
export function chooseTelemetry(full: FullTelemetry): void {
  telemetryChoice = full;
}
