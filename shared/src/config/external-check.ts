import { isObject, must, type Check } from './validate.js';

/** Of `telemetry.useExternalOtel`, where there is something to do with it. */
export const externalProvider: Check = must(
  "be true, false or a TracerProvider of the app's",
  value => typeof value === 'boolean' || (isObject(value) && typeof value['getTracer'] === 'function'),
);
