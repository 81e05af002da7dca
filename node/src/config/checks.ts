import { exporterCheck } from '@agentops/shared/config/exporter-checks';
import { serverChecks } from '@agentops/shared/config/server-checks';
import { count, must, object, type ServerChecks } from '@agentops/shared/config/validate';
import { EXPORTER_TYPES } from '../exporters/index.js';

const limit = must('be a whole number from 0', value => Number.isInteger(value) && (value as number) >= 0);

const spanLimits = object({
  // Of 0 the SDK says that it is no limit.
  attributeValueLength: count,
  attributeCount: limit,
  eventCount: limit,
  linkCount: limit,
  eventAttributeCount: limit,
  linkAttributeCount: limit,
});

/** What a process's own options are checked by. */
export const nodeChecks: ServerChecks = {
  ...serverChecks,
  exporter: exporterCheck(EXPORTER_TYPES),
  telemetry: { ...serverChecks.telemetry, spanLimits },
};
