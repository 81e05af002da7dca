/** `@agentops/node/config`: what a process is configured with, and by what. Starts nothing. */
import { mergeOptions } from '@agentops/shared/config/merge';
import { DEFAULTS } from './config/defaults.js';
import type { SourcedIssue } from './config/layer.js';
import { loadConfig, type NodeInitOptions } from './config/load.js';
import { mask } from './config/mask.js';
import { leavesOf, unitsOf } from './config/units.js';

export type { NodeInitOptions, SourcedIssue };

/** One value that holds. */
export interface Setting {
  /** Such as `telemetry.batch.delayMs`. */
  readonly path: string;
  /** Secrets are masked. */
  readonly value: unknown;
  /** `default`, `file agentops.yaml:12`, `otel config otel.yaml:5`, `env AGENTOPS_ENDPOINT` or `code`. */
  readonly source: string;
}

export interface ConfigDescription {
  /** The configuration file, as it was named; `null` without one. */
  readonly file: string | null;
  /** None when something is wrong. */
  readonly settings: readonly Setting[];
  /** Every wrong value, of every source. */
  readonly issues: readonly SourcedIssue[];
  readonly warnings: readonly string[];
  /** What is set and can do nothing here, such as a variable for logs, and why. */
  readonly notes: readonly string[];
}

/**
 * What `init(options)` would run with here. Never throws: what `init()` would throw for is in `issues`.
 */
export function describeConfig(
  options: NodeInitOptions = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ConfigDescription {
  const loaded = loadConfig(options, environment);
  const { file = null, options: effective, issues, warnings, notes, disabledBy, sourceOf } = loaded;
  const units = issues.length ? [] : [...unitsOf(mergeOptions(DEFAULTS, effective))];
  return {
    file,
    settings: units
      .sort(([a], [b]) => Number(isOfPipeline(a)) - Number(isOfPipeline(b)))
      .flatMap(([path, value]) => leavesOf(value, path))
      .map(([path, value]) => ({ path, value: mask(path, shown(value)), source: sourceOf(path) })),
    issues,
    warnings: disabledBy ? [...warnings, `${disabledBy} is true: ${DISABLED}`] : warnings,
    notes,
  };
}

/** An instance of something, such as a sampler, by what it calls itself. */
function shown(value: unknown): unknown {
  const isInstance =
    typeof value === 'function' || (typeof value === 'object' && value !== null && !Array.isArray(value));
  if (!isInstance) return value;
  const text = String(value);
  return text === '[object Object]' ? value.constructor.name : text;
}

const DISABLED = 'nothing is traced or exported, and contexts are handed on by hand alone';

/** The longer part; shown last. */
function isOfPipeline(path: string): boolean {
  return path.startsWith('telemetry.');
}
