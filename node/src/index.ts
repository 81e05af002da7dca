/**
 * `@agentops/node`: one trace from whoever calls this process to whatever it calls. Importing it does nothing; `init()` starts.
 * Nothing of the DOM comes in here, and nothing that needs a framework: those are entries of their own.
 */
import { AgentOpsError, createClient, diagnostics, type AgentOps, type InitOptions } from '@agentops/shared';
import { keepClient, startedClient } from '@agentops/shared/functions';
import { createAttachedClient } from '@agentops/shared/external/attached-client';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { formatIssue } from './config/issues.js';
import { loadConfig, type NodeInitOptions } from './config/load.js';
import { diagnose } from './diagnose.js';
import { createDisabledClient } from './disabled.js';
import { forOneOwner } from './external.js';
import { createNodePlatform } from './platform.js';
import { startSelfMetrics } from './self-metrics.js';

/**
 * Starts the toolkit: context, sessions, HTTP tracing and export. Synchronous. What `options` do not say is taken from `AGENTOPS_*`
 * and `OTEL_*` variables, then from the configuration file. A second call warns and returns the client that runs.
 * @throws AgentOpsError when the configuration is wrong, naming everything that is, in every source
 */
export function init(options: NodeInitOptions = {}): AgentOps {
  const running = startedClient();
  if (running) {
    diagnostics.warn('init-twice', 'init() was called again; the client that runs stays as it is');
    return running;
  }
  const { options: effective, issues, warnings, notes, disabledBy } = loadConfig(options, process.env);
  if (disabledBy) return keepDisabled(issues.length ? whoseProvider(effective) : effective);
  if (issues.length) throw new AgentOpsError('invalid-config', issues.map(formatIssue));
  for (const warning of warnings) diagnostics.warn(`configuration:${warning}`, warning);
  const platform = createNodePlatform(effective);
  const client = effective.telemetry?.useExternalOtel
    ? createAttachedClient(forOneOwner(platform), effective)
    : createClient(platform, effective);
  for (const note of notes) diagnostics.debug(note);
  const kept = keepClient({ ...client, diagnose });
  // Not before: where the app has no MeterProvider, the client has just registered one.
  startSelfMetrics();
  return kept;
}

/** Who switches telemetry off is not to be kept from it by what is wrong with it. */
function keepDisabled(options: InitOptions): AgentOps {
  return keepClient({ ...createDisabledClient(options, new AsyncLocalStorageContextManager()), diagnose });
}

/** Whatever is wrong, the app's set-up is not to be refused anything. */
function whoseProvider(options: InitOptions | undefined): InitOptions {
  const external = options?.telemetry?.useExternalOtel;
  return external ? { telemetry: { useExternalOtel: external } } : {};
}

export type { NodeInitOptions } from './config/load.js';
export * from '@agentops/shared/public';
