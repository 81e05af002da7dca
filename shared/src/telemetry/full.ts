import { serverChecks } from '../config/server-checks.js';
import type { FullTelemetry } from '../platform.js';
import { createPipeline } from './pipeline.js';
import { pluginHost } from './plugins.js';
import { createFullSampling } from './sampling-full.js';
import { createSessionRoutes } from './session-routes.js';

/** All of telemetry: Node has it, and a page that imports `@agentops/web/pipelines`. */
export const fullTelemetry: FullTelemetry = {
  serverChecks,
  createSampling: createFullSampling,
  createPipeline,
  createRoutes: createSessionRoutes,
  plugins: pluginHost,
};
