import type { Attributes } from '@agentops/shared';
import { asAttributes } from '../../environment.js';
import { checked, idle, list, made, name, object, type Part, tell, text } from './parts.js';
import { piece, sections } from './sections.js';

const isText = (found: unknown) => typeof found === 'string';
const isFlag = (found: unknown) => typeof found === 'boolean';
const isNumber = (found: unknown) => Number.isFinite(found);

/** The types of attributes. */
const TYPES = {
  string: isText,
  bool: isFlag,
  int: Number.isInteger,
  double: isNumber,
  string_array: listOf(isText),
  bool_array: listOf(isFlag),
  int_array: listOf(Number.isInteger),
  double_array: listOf(isNumber),
} as const;

const attribute = made(
  object(
    {
      name: text,
      value: checked<Attributes[string]>(() => []),
      type: name(...(Object.keys(TYPES) as (keyof typeof TYPES)[])),
    },
    ['name'],
  ),
  ({ name: key, value: given, type = 'string' }, place): Attributes | undefined => {
    if (key === undefined || given === undefined) return undefined;
    if (TYPES[type](given)) return { [key]: given };
    return tell('wrong', place, `must have a value of the type "${type}"; a text may have to stand in quotes`);
  },
);

const attributesList = made(text, (found, place) => {
  const read = asAttributes(found, fault => tell('beyond', place, `${fault} is ignored`));
  return read as Attributes | undefined;
});

/** `resource`. */
export const resource = sections({
  attributes_list: piece(attributesList, resourceAttributes => ({ resourceAttributes })),
  attributes: piece(list(attribute), all => ({ resourceAttributes: Object.assign({}, ...all) as Attributes })),
  schema_url: idle('the resource has no schema URL here'),
  'detection/development': idle('detectors are given by code, as telemetry.resourceDetectors'),
} satisfies Record<string, Part<unknown>>);

function listOf(holds: (found: unknown) => boolean): (found: unknown) => boolean {
  return found => Array.isArray(found) && found.every(holds);
}
