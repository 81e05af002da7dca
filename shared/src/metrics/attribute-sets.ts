import type { Attributes } from '../api.js';

/** What OpenTelemetry's specification has for what is beyond a cardinality limit. */
export const OVERFLOW_KEY = 'otel.metric.overflow';
const OVERFLOW: Attributes = { [OVERFLOW_KEY]: true };

/**
 * Lets the first `limit - 1` attribute sets of one instrument through, and has the others counted as one. The SDK (2.12) has a limit too, but
 * begins anew at every collection, so that with cumulative temporality an instrument grows without end.
 * @param kept those that tell sets apart. @default all
 */
export function limitAttributeSets(limit: number, kept?: ReadonlySet<string>): (attributes: Attributes) => Attributes {
  const known = new Set<string>();
  return attributes => {
    const entries = Object.entries(attributes).filter(([name]) => kept?.has(name) ?? true);
    const key = JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
    if (known.has(key)) return attributes;
    if (known.size >= limit - 1) return OVERFLOW;
    known.add(key);
    return attributes;
  };
}
