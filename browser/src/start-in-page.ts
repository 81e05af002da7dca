import { createClient, diagnostics, type AgentOps, type InitOptions } from '@agentops/shared';
import { keepClient, startedClient } from '@agentops/shared/functions';
import { toSdkConfig, type ProviderConfig } from '@agentops/shared/telemetry/provider-config';
import { createSampling } from '@agentops/shared/telemetry/sampling';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { createPagePlatform } from './platform.js';

// Not `WebTracerProvider`, which is this and a `register()` with 3 kB of context manager and propagators that we replace.
const createTracerProvider = (config: ProviderConfig) => new TracerProvider(toSdkConfig(config));

/** `init()` where there is a page. Apart from it, so that the bare import does not carry what is needed where there is none. */
export function startInPage(options: InitOptions = {}): AgentOps {
  const running = startedClient();
  if (!running)
    return keepClient(createClient({ createSampling, ...createPagePlatform(), createTracerProvider }, options));
  diagnostics.warn('init-twice', 'init() was called again; the client that runs stays as it is');
  return running;
}
