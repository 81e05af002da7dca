import type { Context } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { FlushResult, Health } from '../api.js';
import type { InitOptions } from '../config/config.js';
import type { Platform } from '../platform.js';
import type { IsolatedOptions } from '../session/isolated-options.js';
import type { SessionManager } from '../session/manager.js';
import type { SessionExports } from '../session/session.js';
import type { SpanQueue } from './batch.js';

/** Which queues a span goes to. */
export interface Routes {
  /** Where a span goes in. */
  readonly processors: readonly SpanProcessor[];
  /** All that there are now. */
  readonly queues: readonly SpanQueue[];
  /** What queues came to that are no more. */
  readonly past?: FlushResult;
  /** What a session that keeps to itself has of its own, as long as it is open. */
  isolatedOptions?(ctx: Context, sessions: SessionManager): IsolatedOptions | undefined;
  health?(): Pick<Health, 'endedSessions'>;
  /** Where sessions may have backends of their own. */
  readonly sessions?: SessionExports;
}

export type CreateRoutes = (
  queues: readonly SpanQueue[],
  parts: { options: InitOptions; platform: Platform },
) => Routes;
