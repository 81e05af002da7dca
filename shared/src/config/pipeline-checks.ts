import { matches } from './sampling-checks.js';
import { batchSizes, count, hasMethod, isObject, list, must, object, rate, type Check } from './validate.js';

const isFunction = (value: unknown) => typeof value === 'function';
const pattern = must(
  'be a text such as "gen_ai.*.messages", or a regular expression',
  value => (typeof value === 'string' && value !== '') || value instanceof RegExp,
);

/** Of `PipelineOptions`. */
export const pipelineChecks: Record<string, Check> = {
  filter: functionOr('{ keep, drop }', isObject, object({ keep: matches, drop: matches })),
  sampling: object({ rate }, 'rate'),
  redact: functionOr('an array of attribute names', Array.isArray, list(pattern)),
  batch: batchSizes,
  maxAttempts: count,
};

function functionOr(what: string, holds: (value: unknown) => boolean, inside: Check): Check {
  return (value, path) => (isFunction(value) ? [] : must(`be a function or ${what}`, holds, inside)(value, path));
}

/** Of anything of OpenTelemetry's `type`, told by a method of it. */
export function instance(type: string, method: string): Check {
  return must(`be a ${type}`, value => hasMethod(value, method));
}
