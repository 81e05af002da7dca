import { AgentOpsError, PROPAGATION_NAMES, type InitOptions, type Protocol } from '@agentops/shared';
import { serverChecks } from '@agentops/shared/config/server-checks';
import { validate } from '@agentops/shared/config/validate';
import { nearest, type Environment, type Layer } from './config/layer.js';

/** Makes a value of a variable's text; `undefined` when there is nothing in it. */
type Reader = (text: string, found: Found) => unknown;

interface Found {
  readonly variable: string;
  readonly warnings: string[];
}

/** OpenTelemetry's name for the URL of traces alone, to which no path is added. */
export const TRACES_ENDPOINT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
export const TRACES_EXPORTER = 'OTEL_TRACES_EXPORTER';

/** Option, how its variables are read, and OpenTelemetry's names for it after `AGENTOPS_...`; the first that is set and right counts. */
const VARIABLES: readonly (readonly [path: string, read: Reader, ...otel: string[]])[] = [
  ['serviceName', asText, 'OTEL_SERVICE_NAME'],
  ['serviceVersion', asText],
  ['environment', asText],
  ['resourceAttributes', asAttributes, 'OTEL_RESOURCE_ATTRIBUTES'],
  ['endpoint', asText, TRACES_ENDPOINT, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['headers', asHeaders, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'],
  ['tags', asList],
  ['autoStartSession', asFlag],
  ['propagateTo', asDestinations],
  ['debug', asFlag],
  ['session.idleTimeoutMs', asNumber],
  ['session.maxDurationMs', asNumber],
  ['telemetry.exporters', asNamesOf('otlp', 'console', 'none'), TRACES_EXPORTER],
  ['telemetry.context.propagation', asNamesOf(...PROPAGATION_NAMES), 'OTEL_PROPAGATORS'],
  ['telemetry.context.baggageAttributes', asList],
  ['telemetry.batch.maxQueueSize', asNumber, 'OTEL_BSP_MAX_QUEUE_SIZE'],
  ['telemetry.batch.maxQueueBytes', asNumber],
  ['telemetry.batch.maxBatchSize', asNumber, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'],
  ['telemetry.batch.delayMs', asNumber, 'OTEL_BSP_SCHEDULE_DELAY'],
  [
    'telemetry.batch.timeoutMs',
    asNumber,
    'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT',
    'OTEL_EXPORTER_OTLP_TIMEOUT',
    'OTEL_BSP_EXPORT_TIMEOUT',
  ],
  ['telemetry.diskQueue.folder', asText],
  ['telemetry.diskQueue.maxBytes', asNumber],
];
