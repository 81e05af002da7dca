import { diagnostics } from './diagnostics.js';

/**
 * Runs toolkit code that stands in the app's way: whatever it throws is reported once under `task` and goes no further.
 * Never put the app's own code inside: its errors are the app's.
 */
export function guard<T, F = undefined>(task: string, work: () => T, fallback?: F): T | F {
  try {
    return work();
  } catch (error) {
    diagnostics.warn(`guard:${task}`, `${task} failed; the app goes on without it`, error);
    return fallback as F;
  }
}
