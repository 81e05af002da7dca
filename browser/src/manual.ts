/**
 * `@agentops/web/manual`: the whole of `@agentops/web`, started by your own `init()`. Importing it does nothing.
 * Nothing of Node comes in here, and nothing a page does not always need: every byte is paid by visitors.
 */
import { createClient, diagnostics, type AgentOps, type InitOptions } from '@agentops/shared';
import { createInertFace } from '@agentops/shared/face';
import { keepClient, startedClient } from '@agentops/shared/functions';
import { createPagePlatform, isPage } from './platform.js';

/**
 * Starts the toolkit in a page: session, propagation, `fetch` and XHR tracing, export. Synchronous. Outside a page (server-side
 * rendering, a worker) it returns a client that does nothing. A second call warns and returns the client that runs.
 * @throws AgentOpsError when the configuration is wrong
 */
export function init(options: InitOptions = {}): AgentOps {
  if (!isPage()) return createInertFace();
  const running = startedClient();
  if (running) {
    diagnostics.warn('init-twice', 'init() was called again; the client that runs stays as it is');
    return running;
  }
  return keepClient(createClient(createPagePlatform(), options));
}

export * from '@agentops/shared/public';
