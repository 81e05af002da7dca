import { count, must, object } from '@agentops/shared/config/validate';

const limit = must('be a whole number from 0', value => Number.isInteger(value) && (value as number) >= 0);

/** Of `telemetry.spanLimits`. */
export const spanLimits = object({
  // Of 0 the SDK says that it is no limit.
  attributeValueLength: count,
  attributeCount: limit,
  eventCount: limit,
  linkCount: limit,
  eventAttributeCount: limit,
  linkAttributeCount: limit,
});
