import type { ParseArgsConfig } from 'node:util';

export type OptionValues = Record<string, string | boolean | undefined>;

export interface Command {
  /** As shown by `help`, without the program's name. */
  usage: string;
  summary: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** One line for each option. */
  help: readonly (readonly [option: string, meaning: string])[];
  /** Resolves when the command has ended, with its exit code. */
  run(values: OptionValues): Promise<number>;
}

/** A mistake in how the command was called: one line on stderr, exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError' as const;
}
