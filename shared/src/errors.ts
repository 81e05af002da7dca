/** What went wrong, for `switch`. */
export type AgentOpsErrorCode = 'invalid-config';

/** One wrong value in a configuration. */
export interface ConfigIssue {
  /** Where it is, such as `telemetry.batch.maxQueueSize`. */
  readonly path: string;
  /** What would be right. */
  readonly message: string;
}

const MARK = Symbol.for('agentops.error');

/**
 * The only error the toolkit throws, and only `init()` throws it.
 * Told apart by a shared mark, so that the check holds across copies and versions of the library: see {@link isAgentOpsError}.
 */
export class AgentOpsError extends Error {
  override readonly name = 'AgentOpsError';
  readonly code: AgentOpsErrorCode;
  /** Every wrong value, in the order in which they stand in the configuration. */
  readonly issues: readonly ConfigIssue[];
  readonly [MARK] = true;

  constructor(code: AgentOpsErrorCode, issues: readonly ConfigIssue[]) {
    super(`Wrong AgentOps configuration:\n${issues.map(issue => `  ${issue.path}: ${issue.message}`).join('\n')}`);
    this.code = code;
    this.issues = issues;
  }

  /** Path of the first wrong value. */
  get path(): string {
    return this.issues[0]?.path ?? '';
  }
}

/** True for an {@link AgentOpsError} of any copy of the library. */
export function isAgentOpsError(error: unknown): error is AgentOpsError {
  return typeof error === 'object' && error !== null && MARK in error;
}

/** Whatever was thrown, as an `Error`. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
