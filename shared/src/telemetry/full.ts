import { serverChecks } from '../config/server-checks.js';
import type { FullTelemetry } from '../platform.js';
import { detectResource } from './detectors.js';
import { createPipeline } from './pipeline.js';
import { pluginHost } from './plugins.js';
import { withSessionProviders } from './session-providers.js';
import { createSessionRoutes } from './session-routes.js';

/**
 * What servers have, and a page that imports `@agentops/web/pipelines`. Without sampling, for nothing of OpenTelemetry's SDK comes in here: with somebody
 * else's set-up there may be none.
 */
export const fullTelemetry: Omit<FullTelemetry, 'createSampling'> = {
  serverChecks,
  createPipeline,
  createRoutes: createSessionRoutes,
  withSessionProviders,
  plugins: pluginHost,
  detectResource,
};
