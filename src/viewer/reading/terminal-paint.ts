import { hashOf } from './hash.js';

export interface Paint {
  strong(text: string): string;
  dim(text: string): string;
  error(text: string): string;
  /** The same colour for the same service in every trace. */
  service(name: string, text: string): string;
}

/** The bright and plain colours that can be read on dark and on light, red left out: it means an error. */
const serviceCodes = [36, 35, 34, 33, 32, 96, 95, 94] as const;

export function createPaint(color: boolean): Paint {
  const wrap = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    strong: text => wrap(1, text),
    dim: text => wrap(2, text),
    error: text => wrap(31, text),
    service: (name, text) => wrap(serviceCodes[hashOf(name) % serviceCodes.length] ?? 36, text),
  };
}
