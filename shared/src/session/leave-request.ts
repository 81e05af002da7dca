import type { Context } from '@opentelemetry/api';
import type { SessionManager } from './manager.js';
import { scopeOf } from './scope.js';

/** The request that entered `ctx` has been answered: what the app has given its session goes with it, unless the app has started the session. */
export function leaveRequest(ctx: Context, { exports }: SessionManager): void {
  const session = exports && scopeOf(ctx)?.opened;
  if (session?.ofRequest) exports?.close(session);
}
