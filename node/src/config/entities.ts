import type { Environment, Layer } from './layer.js';

const VARIABLE = 'OTEL_ENTITIES';

/** `type{id=…}[description=…]@schema`. */
const ENTITY = /^([a-z][\w.-]*)\{([^{}[\]@]*)\}(?:\[([^{}[\]@]*)\])?(?:@(.*))?$/i;
const PAIR = /^([a-z][\w.-]*)=([^=]*)$/i;

type Pair = readonly [name: string, value: string];

interface Entity {
  readonly type: string;
  readonly ids: readonly Pair[];
  readonly description: readonly Pair[];
}

type Warn = (message: string) => void;

/**
 * What whoever started this process knows it to be, as resource attributes, for a resource has no entities here:
 * https://opentelemetry.io/docs/specs/otel/entities/entity-propagation/. A layer of its own, which what names an attribute outright goes before, such
 * as `OTEL_RESOURCE_ATTRIBUTES`: the specification of resources is not to be changed for entities before an SDK has all of them.
 */
export function readEntities(environment: Environment): Layer {
  const warnings: string[] = [];
  const warn: Warn = message => warnings.push(`${VARIABLE}: ${message}`);
  const entities = entitiesIn(environment[VARIABLE] ?? '', warn);
  const attributes = new Map<string, string>();
  // What identifies one is not what describes another.
  for (const [name, value] of [...entities.flatMap(each => each.description), ...entities.flatMap(each => each.ids)]) {
    if ((attributes.get(name) ?? value) !== value) warn(`${name} has several values; one of them is ignored`);
    attributes.set(name, value);
  }
  return {
    options: attributes.size ? { resourceAttributes: Object.fromEntries(attributes) } : {},
    sourceOf: () => `env ${VARIABLE}`,
    issues: [],
    warnings,
  };
}

/** The last of each type: a resource has no two. */
function entitiesIn(text: string, warn: Warn): Entity[] {
  const entities = new Map<string, Entity>();
  text.split(';').forEach((part, index) => {
    if (!part.trim()) return;
    const entity = toEntity(part.trim(), warn);
    if (!entity) return warn(`entity ${index + 1} is malformed and is ignored`);
    if (entities.has(entity.type)) warn(`there are several entities of the type ${entity.type}; the last counts`);
    entities.set(entity.type, entity);
  });
  return [...entities.values()];
}

function toEntity(text: string, warn: Warn): Entity | undefined {
  const [, type, ids = '', description = '', schema] = ENTITY.exec(text) ?? [];
  const identity = ids.split(',').map(toPair);
  // Without a part of what identifies it, it would be another one.
  if (type === undefined || !identity.every(pair => pair !== undefined)) return undefined;
  const described = description ? description.split(',').map(toPair) : [];
  const good = described.filter(pair => pair !== undefined);
  if (good.length < described.length) warn(`a part of the description of ${type} is malformed and is ignored`);
  if (schema !== undefined && !URL.canParse(schema)) warn(`the schema of ${type} is no URL and is ignored`);
  return { type, ids: identity, description: good };
}

function toPair(text: string): Pair | undefined {
  const [, name, value = ''] = PAIR.exec(text.trim()) ?? [];
  try {
    return name === undefined ? undefined : [name, decodeURIComponent(value)];
  } catch {
    return undefined;
  }
}
