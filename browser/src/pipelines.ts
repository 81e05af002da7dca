/**
 * `@agentops/web/pipelines`: in a page all that servers have for what goes to which backend: `filter`, `sampling`, `redact` and `batch` of one backend,
 * sampling by rules and by how a trace ends, plug-ins, and backends of single sessions. Import it before `@agentops/web` or before `init()`.
 */
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import { createFullSampling } from '@agentops/shared/telemetry/sampling-full';
import { fullChecks } from './full-checks.js';
import { chooseTelemetry } from './telemetry-choice.js';

chooseTelemetry({ ...fullTelemetry, serverChecks: fullChecks, createSampling: createFullSampling });
