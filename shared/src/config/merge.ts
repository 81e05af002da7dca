import type { InitOptions } from './config.js';

/** `over` laid over `under`, name by name; arrays and instances are values, not merged. Anything that is no object passes through to validation. */
export function mergeOptions(under: InitOptions, over: InitOptions): InitOptions {
  return merge(under, over) as InitOptions;
}

function merge(under: unknown, over: unknown): unknown {
  if (over === undefined) return under;
  if (!isPlain(under) || !isPlain(over)) return over;
  const merged: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) merged[name] = merge(merged[name], value);
  return merged;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
