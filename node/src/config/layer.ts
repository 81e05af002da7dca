import type { ConfigIssue } from '@agentops/shared';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SourcedIssue extends ConfigIssue {
  /** What set the wrong value; `undefined` where the path says it. */
  readonly source?: string;
}

/** What one source of the configuration says. */
export interface Layer {
  readonly options: unknown;
  /** What set the value at `path`, such as `env AGENTOPS_ENDPOINT` or `file agentops.yaml:3`. */
  sourceOf(path: string): string;
  /** Why the source could not be read. */
  readonly issues: readonly SourcedIssue[];
  /** What was left out, and why. */
  readonly warnings: readonly string[];
}

/** Options that exporters of one type have unless they say otherwise themselves. */
export interface LentOptions {
  readonly options: Readonly<Record<string, unknown>>;
  /** What set the option at a path, such as `tls.ca`. */
  readonly sources: ReadonlyMap<string, string>;
}

/** The value of `found` for `path`, or else for the nearest of the places it is in. */
export function nearest<T>(found: ReadonlyMap<string, T>, path: string): T | undefined {
  for (let place = path; place; place = place.replace(/(^|\.|\[)[^.[]*$/, '')) {
    const value = found.get(place);
    if (value !== undefined) return value;
  }
  return undefined;
}
