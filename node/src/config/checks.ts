import { exporterCheck } from '@agentops/shared/config/exporter-checks';
import { serverChecks } from '@agentops/shared/config/server-checks';
import type { ServerChecks } from '@agentops/shared/config/validate';
import { EXPORTER_TYPES } from '../exporters/index.js';
import { spanLimits } from './span-limits-check.js';

/** What a process's own options are checked by. */
export const nodeChecks: ServerChecks = {
  ...serverChecks,
  exporter: exporterCheck(EXPORTER_TYPES),
  telemetry: { ...serverChecks.telemetry, spanLimits },
};
