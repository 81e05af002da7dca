import type { InitOptions } from './config.js';

/** `over` laid over `under`, name by name; arrays and instances are values, not merged. Anything that is no object passes through to validation. */
export function mergeOptions(under: InitOptions, over: InitOptions): InitOptions {
  return merge(under, over) as InitOptions;
}

function merge(under: unknown, over: unknown): unknown {
  if (over === undefined) return under;
  if (!isPlain(under) || !isPlain(over)) return over;
  const merged = new Map(Object.entries(under));
  for (const [name, value] of Object.entries(over)) merged.set(name, merge(merged.get(name), value));
  // Not by assignment: `__proto__` is a key like any other in JSON.
  return Object.fromEntries(merged);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
