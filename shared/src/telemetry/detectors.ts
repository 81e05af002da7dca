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

/** How long spans wait for what their resource is, where nobody waits for them. */
export const RESOURCE_WAIT_MS = 5_000;

/** `known`, and what the detectors know of where this runs, or promise to: later ones go before earlier ones, as far as they find anything. */
export function detectResource({ telemetry }: InitOptions, known: Attributes): ResourceAttributes {
  const found = (telemetry?.resourceDetectors ?? []).flatMap(detector =>
    Object.entries(guard('detecting the resource', () => answerOf(detector)) ?? {}),
  );
  const attributes: ResourceAttributes = { ...known };
  for (const [key, value] of found) {
    const before = attributes[key];
    attributes[key] = isPromise(value)
      ? inTime(key, value).then(late => late ?? before)
      : (checked(key, value) ?? before);
  }
  return attributes;
}

/** Nobody could wait for attributes whose names are not known yet. */
function answerOf(detector: ResourceDetector): Readonly<Record<string, unknown>> | undefined {
  const answer = detector.detect();
  if (!isPromise(answer)) return answer.attributes;
  void Promise.resolve(answer).catch(() => {});
  diagnostics.warn(
    'resource',
    'a resource detector is left out: detect() must answer at once; its attributes may be promises',
  );
  return undefined;
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
