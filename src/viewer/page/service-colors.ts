import { hashOf } from '../reading/hash.js';

/** As many as style.css defines: --hue-0 to --hue-11. */
const HUES = 12;
/** Neighbours in the palette are not alike, and this visits all twelve. */
const STRIDE = 5;

const assigned = new Map<string, number>();

/**
 * The CSS colour of a service, the same everywhere in the page. The name's hash picks it; only where another service
 * already has that colour does the next free one serve.
 */
export function colorOf(service: string): string {
  let hue = assigned.get(service);
  if (hue === undefined) {
    hue = freeHue(hashOf(service) % HUES);
    assigned.set(service, hue);
  }
  return `var(--hue-${hue})`;
}

function freeHue(wanted: number): number {
  const taken = new Set(assigned.values());
  for (let step = 0; step < HUES; step += 1) {
    const hue = (wanted + step * STRIDE) % HUES;
    if (!taken.has(hue)) return hue;
  }
  return wanted;
}
