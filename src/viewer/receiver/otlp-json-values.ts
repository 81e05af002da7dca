import { type JsonObject, isObject, objectsIn, textIn } from './json-object.js';
import { assertDepth, type Budget, spend } from './otlp-limits.js';
import { toPlainInteger, toPlainNumber } from './plain-number.js';
import type { Attributes } from '../span.js';

type Read = (value: unknown, budget: Budget, depth: number) => unknown;

/** One entry for each arm of OTLP's AnyValue. */
const arms: Readonly<Record<string, Read>> = {
  stringValue: String,
  boolValue: value => value === true,
  intValue: value => toPlainInteger(value),
  doubleValue: value => toPlainNumber(Number(value)),
  bytesValue: String,
  arrayValue: (value, budget, depth) => toList(value, budget, depth),
  kvlistValue: (value, budget, depth) => (isObject(value) ? toRecord(objectsIn(value, 'values'), budget, depth) : {}),
};

/** The `attributes` of a span, event, link or resource. */
export function toAttributes(owner: JsonObject, budget: Budget): Attributes {
  return toRecord(objectsIn(owner, 'attributes'), budget, 0);
}

/** `fromEntries` defines own properties, so a key such as `__proto__` stays an ordinary key. */
function toRecord(entries: JsonObject[], budget: Budget, depth: number): Attributes {
  return Object.fromEntries(entries.map(entry => [textIn(entry, 'key'), toValue(entry['value'], budget, depth + 1)]));
}

function toList(value: unknown, budget: Budget, depth: number): unknown[] {
  return isObject(value) ? objectsIn(value, 'values').map(item => toValue(item, budget, depth + 1)) : [];
}

function toValue(value: unknown, budget: Budget, depth: number): unknown {
  spend(budget);
  assertDepth(depth);
  if (!isObject(value)) return null;
  for (const [arm, content] of Object.entries(value)) {
    const read = Object.hasOwn(arms, arm) ? arms[arm] : undefined;
    if (read && content !== null) return read(content, budget, depth);
  }
  return null;
}
