import { KINDS } from '../telemetry/sampling-options.js';
import { count, flag, isAttribute, isObject, list, milliseconds, must, object, oneOf, rate, text } from './validate.js';

const match = {
  name: text,
  kind: oneOf(...KINDS),
  service: text,
  attributes: must(
    'be an object of texts, numbers, booleans and { min: number }',
    value => isObject(value) && Object.values(value).every(isMatchable),
  ),
  agent: text,
  route: text,
  session: text,
};

/** A list of `SpanMatch`. */
export const matches = list(object(match));

/** Of `telemetry.sampling`, besides `rate`. */
export const samplingChecks = {
  rules: list(object({ ...match, rate }, 'rate')),
  tail: object({
    keepErrors: flag,
    slowerThanMs: milliseconds,
    rules: matches,
    maxTraces: count,
    maxSpans: count,
    waitMs: milliseconds,
  }),
};

/** What a rule can want an attribute to be. */
function isMatchable(value: unknown): boolean {
  return isAttribute(value) || (isObject(value) && typeof value['min'] === 'number');
}
