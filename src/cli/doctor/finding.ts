import type { OptionValues } from '../command.js';

/** One thing a check found out. */
export interface Finding {
  /** `missing` makes `agentops doctor` fail; a `hint` is worth knowing. */
  readonly level: 'ok' | 'missing' | 'hint';
  readonly text: string;
  /** The line to add, as it has to stand there. */
  readonly add?: string;
  /** What else to do about it. */
  readonly todo?: string;
}

/** What one check looked at, and what it found. */
export interface Diagnosis {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/**
 * One check of `agentops doctor`; runs where its option is given.
 * @throws UsageError for wrong options, UnreachableError where there is nothing to look at
 */
export type Check = (values: OptionValues) => Promise<Diagnosis>;

/** What was to be looked at does not answer. */
export class UnreachableError extends Error {
  override name = 'UnreachableError' as const;
}
