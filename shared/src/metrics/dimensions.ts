import type { Context } from '@opentelemetry/api';
import type { Attributes } from '../api.js';
import type { SessionManager } from '../session/manager.js';

/** Longer values are no dimensions, and are left out. */
const MAX_VALUE_LENGTH = 256;

/** The baggage in force in a context, as far as `keys` name it. */
export function createDimensions(
  sessions: SessionManager,
  keys: readonly string[],
): ((ctx: Context) => Attributes) | undefined {
  if (!keys.length) return undefined;
  return ctx => {
    const baggage = sessions.baggage(ctx);
    const found: Attributes = {};
    for (const key of keys) {
      const value = baggage.getEntry(key)?.value;
      if (value !== undefined && value.length <= MAX_VALUE_LENGTH) found[key] = value;
    }
    return found;
  };
}
