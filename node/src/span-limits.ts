import type { InitOptions } from '@agentops/shared';
import type { SpanLimits } from '@opentelemetry/sdk-trace-node';
import { SPAN_LIMITS } from './config/defaults.js';

/**
 * Every limit as the SDK names it. One that is left out it would read from the environment itself, two of them by names that are not the
 * specification's, and past what goes before the environment.
 */
export function toSdkLimits(given: NonNullable<InitOptions['telemetry']>['spanLimits']): SpanLimits {
  const limits = { attributeValueLength: Infinity, ...SPAN_LIMITS, ...given };
  return {
    attributeValueLengthLimit: limits.attributeValueLength,
    attributeCountLimit: limits.attributeCount,
    eventCountLimit: limits.eventCount,
    linkCountLimit: limits.linkCount,
    attributePerEventCountLimit: limits.eventAttributeCount,
    attributePerLinkCountLimit: limits.linkAttributeCount,
  };
}
