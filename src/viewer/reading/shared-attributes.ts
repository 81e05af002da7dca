import { isOwnAttribute } from './attribute-groups.js';
import type { ViewerSpan } from '../span.js';

const MAX_SHARED = 5;
const MAX_VALUE_LENGTH = 60;

interface Sighting {
  value: string;
  services: Set<string>;
}

/**
 * The application's own attributes that have one and the same value in two services or more: in practice, what travelled
 * with the trace as baggage.
 */
export function sharedAttributes(spans: Iterable<ViewerSpan>): [key: string, value: string][] {
  const sightings = new Map<string, Sighting | undefined>();
  for (const span of spans) {
    for (const [key, value] of Object.entries(span.attributes)) note(sightings, span.service, [key, value]);
  }
  return [...sightings]
    .flatMap(([key, seen]): [string, string][] => (seen && seen.services.size > 1 ? [[key, seen.value]] : []))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_SHARED);
}

function note(sightings: Map<string, Sighting | undefined>, service: string, [key, value]: [string, unknown]): void {
  const known = sightings.has(key);
  const seen = sightings.get(key);
  if (known && !seen) return;
  if (!seen) {
    const isFact = isShort(value) && isOwnAttribute(key);
    sightings.set(key, isFact ? { value, services: new Set([service]) } : undefined);
    return;
  }
  if (seen.value === value) seen.services.add(service);
  else sightings.set(key, undefined);
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_VALUE_LENGTH;
}
