import type { Attributes } from '../api.js';
import type { InitOptions } from '../config/config.js';
import { isAttribute } from '../config/validate.js';
import { diagnostics } from '../diagnostics.js';
import { guard } from '../guard.js';

/** Any OpenTelemetry `ResourceDetector`, such as `hostDetector` of `@opentelemetry/resources`. */
export interface ResourceDetector {
  detect(): { readonly attributes?: Readonly<Record<string, unknown>> };
}

/**
 * What the detectors know of where this runs, of which later ones go before earlier ones. What one has to wait for is left out, for spans do not wait.
 */
export function detectResource({ telemetry }: InitOptions): Attributes {
  const found = (telemetry?.resourceDetectors ?? []).flatMap(detector =>
    Object.entries(guard('detecting the resource', () => detector.detect().attributes) ?? {}),
  );
  const known = found.filter(([key, value]) => {
    const isKnown = [value].flat().every(isAttribute);
    if (!isKnown)
      diagnostics.warn(
        `resource:${key}`,
        `the attribute "${key}" of a resource detector is not there at once; it is left out`,
      );
    return isKnown && value !== undefined;
  });
  return Object.fromEntries(known) as Attributes;
}
