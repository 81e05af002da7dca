import { isAgentOpsError, type ConfigIssue } from '@agentops/shared';
import { validate } from '@agentops/shared/config/validate';
import { nodeChecks } from './checks.js';
import type { SourcedIssue } from './layer.js';

/** What is wrong with `options`. */
export function issuesOf(options: unknown): readonly ConfigIssue[] {
  try {
    validate(options, nodeChecks);
    return [];
  } catch (error) {
    if (!isAgentOpsError(error)) throw error;
    return error.issues;
  }
}

/** With its source in its message; code knows what it says itself. */
export function formatIssue({ path, message, source }: SourcedIssue): ConfigIssue {
  return { path, message: source && source !== 'code' ? `${message} (${source})` : message };
}
