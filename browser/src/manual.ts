/**
 * `@agentops/web/manual`: the whole of `@agentops/web`, started by your own `init()`. Importing it does nothing.
 * Nothing of Node comes in here, and nothing a page does not always need: every byte is paid by visitors.
 */
import type { AgentOps, InitOptions } from '@agentops/shared';
import { createInertFace } from '@agentops/shared/face';
import { isPage } from './platform.js';
import { startInPage } from './start-in-page.js';

/**
 * Starts the toolkit in a page: session, propagation, `fetch` and XHR tracing, export. Synchronous. Outside a page (server-side
 * rendering, a worker) it returns a client that does nothing. A second call warns and returns the client that runs.
 * @throws AgentOpsError when the configuration is wrong
 */
export function init(options: InitOptions = {}): AgentOps {
  return isPage() ? startInPage(options) : createInertFace();
}

export * from '@agentops/shared/public';
