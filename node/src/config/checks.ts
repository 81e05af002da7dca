import { exporterCheck } from '@agentops/shared/config/exporter-checks';
import { metricsCheck } from '@agentops/shared/config/metrics-checks';
import { serverChecks } from '@agentops/shared/config/server-checks';
import { oneOf, type ServerChecks } from '@agentops/shared/config/validate';
import { HISTOGRAM_AGGREGATIONS } from '@agentops/shared/metrics/options';
import { EXPORTER_TYPES } from '../exporters/index.js';
import { httpHeaders } from './headers-check.js';
import { spanLimits } from './span-limits-check.js';
import { endpoint, otlpChecks } from '../exporters/otlp-checks.js';

/** What a process's own options are checked by. */
export const nodeChecks: ServerChecks = {
  ...serverChecks,
  headers: httpHeaders,
  exporter: exporterCheck(EXPORTER_TYPES),
  telemetry: { ...serverChecks.telemetry, spanLimits },
  metrics: metricsCheck({ ...otlpChecks, url: endpoint, histogramAggregation: oneOf(...HISTOGRAM_AGGREGATIONS) }),
};
