export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects in the array at `key`; an absent array is an empty one, anything else is malformed. */
export function objectsIn(parent: JsonObject, key: string): JsonObject[] {
  const list = parent[key] ?? [];
  if (!Array.isArray(list) || !list.every(isObject)) throw new Error(`${key} is not an array of objects`);
  return list;
}

export function textIn(parent: JsonObject, key: string): string {
  const value = parent[key];
  return typeof value === 'string' ? value : '';
}
