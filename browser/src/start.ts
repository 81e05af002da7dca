import { guard } from '@agentops/shared';
import { readPageConfig } from './page-config.js';
import { isPage } from './platform.js';
import { startInPage } from './start-in-page.js';

/** Starts from what the page says, or else with the defaults. Never throws: an `import` that fails would take the app with it. */
export function start(): void {
  if (!isPage()) return;
  const configured = guard('starting as configured in the page', () => startInPage(readPageConfig()));
  if (!configured) guard('starting without configuration', () => startInPage());
}
