import { diagnostics, isAgentOpsError } from '@agentops/shared';
import { init } from './manual.js';
import { readPageConfig } from './page-config.js';
import { isPage } from './platform.js';

/** Starts from what the page says. Never throws: an `import` that fails would take the app with it. */
export function start(): void {
  if (!isPage()) return;
  try {
    init(readPageConfig());
  } catch (error) {
    const reason = isAgentOpsError(error) ? error.message : error;
    diagnostics.warn(
      'auto-start',
      'the configuration in the page is wrong; started without it, so nothing is exported',
      reason,
    );
    startWithDefaults();
  }
}

function startWithDefaults(): void {
  try {
    init();
  } catch (error) {
    diagnostics.warn('auto-start-again', 'the page goes on without tracing', error);
  }
}
