import type { Attributes, AttributeValue } from '../api.js';
import type { InitOptions } from '../config/config.js';
import { isAttribute } from '../config/validate.js';
import { diagnostics } from '../diagnostics.js';
import { guard } from '../guard.js';
import { startTimer } from '../timers.js';

/** Any OpenTelemetry `ResourceDetector`, such as `hostDetector` of `@opentelemetry/resources`. */
export interface ResourceDetector {
  detect(): { readonly attributes?: Readonly<Record<string, unknown>> };
}

/** Attributes of a resource, of which some may still have to be found out. */
export type ResourceAttributes = Record<string, Attributes[string] | Promise<AttributeValue | undefined>>;

/** How long anybody waits for what a resource is: less than `shutdown()` has. */
export const RESOURCE_WAIT_MS = 3_000;

/** What the detectors know of where this runs, or promise to; later ones go before earlier ones. */
export function detectResource({ telemetry }: InitOptions): ResourceAttributes {
  const found = (telemetry?.resourceDetectors ?? []).flatMap(detector =>
    Object.entries(guard('detecting the resource', () => detector.detect().attributes) ?? {}),
  );
  return Object.fromEntries(
    found
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, isPromise(value) ? inTime(key, value) : checked(key, value)]),
  );
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null)?.then === 'function';
}

async function inTime(key: string, value: PromiseLike<unknown>): Promise<AttributeValue | undefined> {
  const late = new Promise<unknown>((_, reject) =>
    startTimer(() => reject(new Error(`nothing after ${RESOURCE_WAIT_MS} ms`)), RESOURCE_WAIT_MS),
  );
  try {
    return checked(key, await Promise.race([value, late]));
  } catch (error) {
    return leaveOut(key, error);
  }
}

function checked(key: string, value: unknown): AttributeValue | undefined {
  return [value].flat().every(isAttribute) ? (value as AttributeValue | undefined) : leaveOut(key);
}

function leaveOut(key: string, error?: unknown): undefined {
  diagnostics.warn(`resource:${key}`, `the attribute "${key}" of a resource detector is left out`, error);
}
