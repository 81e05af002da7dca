/** Everything in `options` that one source sets as a whole, by its path: what is no plain object. */
export function unitsOf(options: unknown, path = ''): ReadonlyMap<string, unknown> {
  if (!isPlain(options)) return new Map(options === undefined || !path ? [] : [[path, options]]);
  return new Map(
    Object.entries(options).flatMap(([name, value]) => [...unitsOf(value, path ? `${path}.${name}` : name)]),
  );
}

/** Down to what is neither a list nor an object; a list of plain values is one. */
export function leavesOf(value: unknown, path: string): (readonly [path: string, value: unknown])[] {
  if (isPlain(value)) return Object.entries(value).flatMap(([name, entry]) => leavesOf(entry, `${path}.${name}`));
  if (Array.isArray(value) && value.some(isPlain))
    return value.flatMap((entry, index) => leavesOf(entry, `${path}[${index}]`));
  return [[path, value]];
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
