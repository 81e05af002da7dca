import type { InitOptions } from '@agentops/shared';
import { mergeOptions } from '@agentops/shared/config/merge';
import { isPlain, unitsOf } from './units.js';

const METRICS_TARGET = ['telemetry.metrics.url', 'telemetry.metrics.endpoint'];

/** Options of which one goes before the other, but not before one that a later source says: any that is said there -> what no longer counts. */
const REPLACED: readonly (readonly [said: readonly string[], replaced: readonly string[]])[] = [
  [['telemetry.sampling.rate', 'telemetry.sampling.rules'], ['telemetry.sampler']],
  [METRICS_TARGET, METRICS_TARGET],
];

/** The options of a source over those of the ones before it. Either may be wrong in any way. */
export function layOptions(under: InitOptions, over: InitOptions): InitOptions {
  const said = unitsOf(over);
  const replaced = REPLACED.flatMap(([any, paths]) => (any.some(path => said.has(path)) ? paths : []));
  const left = replaced.reduce<unknown>((options, path) => without(options, path.split('.')), under);
  return mergeOptions(left as InitOptions, over);
}

function without(options: unknown, [name = '', ...rest]: readonly string[]): unknown {
  if (!isPlain(options) || !Object.hasOwn(options, name)) return options;
  const { [name]: there, ...others } = options;
  return rest.length ? { ...others, [name]: without(there, rest) } : others;
}
