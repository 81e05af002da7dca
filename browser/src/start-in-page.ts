import { createClient, diagnostics, type AgentOps, type InitOptions } from '@agentops/shared';
import { keepClient, startedClient } from '@agentops/shared/functions';
import { createPagePlatform } from './platform.js';

/** `init()` where there is a page. Apart from it, so that the bare import does not carry what is needed where there is none. */
export function startInPage(options: InitOptions = {}): AgentOps {
  const running = startedClient();
  if (!running) return keepClient(createClient(createPagePlatform(), options));
  diagnostics.warn('init-twice', 'init() was called again; the client that runs stays as it is');
  return running;
}
