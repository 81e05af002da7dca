/** The part of JSON Schema (draft 7) that `agentops.schema.json` is written in. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  minLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  definitions?: Record<string, JsonSchema>;
  $schema?: string;
  title?: string;
  description?: string;
  default?: unknown;
}

type Holds = (value: unknown, schema: JsonSchema, root: JsonSchema) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPES: Record<string, (value: unknown) => boolean> = {
  string: value => typeof value === 'string',
  number: value => typeof value === 'number',
  integer: Number.isInteger,
  boolean: value => typeof value === 'boolean',
  array: Array.isArray,
  object: isObject,
};

const always: Holds = () => true;

const KEYWORDS: Record<keyof JsonSchema, Holds> = {
  $ref: (value, { $ref = '' }, root) =>
    isValid(value, root.definitions?.[$ref.split('/')[2] ?? ''] as JsonSchema, root),
  type: (value, { type = [] }) => [type].flat().some(name => TYPES[name]?.(value)),
  enum: (value, schema) => schema.enum?.includes(value) === true,
  const: (value, schema) => value === schema.const,
  minLength: (value, { minLength = 0 }) => typeof value !== 'string' || value.length >= minLength,
  minimum: (value, { minimum = 0 }) => typeof value !== 'number' || value >= minimum,
  maximum: (value, { maximum = 0 }) => typeof value !== 'number' || value <= maximum,
  pattern: (value, { pattern = '' }) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  items: (value, { items = {} }, root) => !Array.isArray(value) || value.every(item => isValid(item, items, root)),
  properties: (value, { properties = {} }, root) =>
    !isObject(value) ||
    Object.entries(properties).every(([name, schema]) => !(name in value) || isValid(value[name], schema, root)),
  required: (value, { required = [] }) => !isObject(value) || required.every(name => name in value),
  additionalProperties: (value, { additionalProperties = true, properties = {} }, root) =>
    !isObject(value) ||
    Object.entries(value).every(
      ([name, entry]) =>
        name in properties ||
        (typeof additionalProperties === 'boolean' ? additionalProperties : isValid(entry, additionalProperties, root)),
    ),
  anyOf: (value, { anyOf = [] }, root) => anyOf.some(schema => isValid(value, schema, root)),
  allOf: (value, { allOf = [] }, root) => allOf.every(schema => isValid(value, schema, root)),
  definitions: always,
  $schema: always,
  title: always,
  description: always,
  default: always,
};

/** @throws for a keyword that is not known here, rather than let it hold */
export function isValid(value: unknown, schema: JsonSchema, root: JsonSchema): boolean {
  return Object.keys(schema).every(keyword => {
    const holds = KEYWORDS[keyword as keyof JsonSchema];
    if (!holds) throw new Error(`the keyword ${keyword} is not known`);
    return holds(value, schema, root);
  });
}
