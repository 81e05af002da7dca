import { serverChecks } from '@agentops/shared/config/server-checks';
import type { ServerChecks } from '@agentops/shared/config/validate';
import { metricsChoice } from './metrics-choice.js';

/** Those of a server; of metrics also what a page cannot do, where it makes any. It is said once, and by the page. */
export const fullChecks: ServerChecks = {
  ...serverChecks,
  metrics(value, path) {
    const issues = metricsChoice.serverChecks?.metrics?.(value, path) ?? [];
    const more = serverChecks.metrics(value, path).filter(issue => issues.every(own => own.path !== issue.path));
    return [...issues, ...more];
  },
};
