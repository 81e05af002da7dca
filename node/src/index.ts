/**
 * `@agentops/node`: one trace from whoever calls this process to whatever it calls. Importing it does nothing; `init()` starts.
 * Nothing of the DOM comes in here, and nothing that needs a framework: those are entries of their own.
 */
import { createClient, diagnostics, type AgentOps, type InitOptions } from '@agentops/shared';
import { keepClient, startedClient } from '@agentops/shared/functions';
import { createInertFace } from '@agentops/shared/face';
import { mergeOptions } from '@agentops/shared/config/merge';
import { isDisabled, optionsFromEnvironment, protocolFromEnvironment } from './environment.js';
import { createNodePlatform } from './platform.js';
import { startSelfMetrics, watchHealth } from './self-metrics.js';

/**
 * Starts the toolkit: context, sessions, HTTP tracing and export. Synchronous. What `options` do not say is taken from `AGENTOPS_*`
 * and `OTEL_*` variables. A second call warns and returns the client that runs.
 * @throws AgentOpsError when the configuration is wrong
 */
export function init(options: InitOptions = {}): AgentOps {
  const running = startedClient();
  if (running) {
    diagnostics.warn('init-twice', 'init() was called again; the client that runs stays as it is');
    return running;
  }
  if (isDisabled(process.env)) return createInertFace();
  startSelfMetrics();
  const platform = createNodePlatform(protocolFromEnvironment(process.env));
  const client = keepClient(createClient(platform, mergeOptions(optionsFromEnvironment(process.env), options)));
  watchHealth(client);
  return client;
}

export * from '@agentops/shared/public';
