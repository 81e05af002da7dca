import { ProxyTracerProvider } from '@opentelemetry/api';
import type { AgentOps, FlushOptions, FlushResult, Health } from './api.js';
import { bindContext, getCurrentContext, withContext, type Propagation } from './propagation/inject-extract.js';
import { SessionManager } from './session/manager.js';
import { createMemoryStore } from './session/store.js';
import { Tracing } from './spans/tracing.js';
import { createSpanFunctions } from './spans/with-span.js';

interface Parts {
  readonly serviceName: string;
  readonly tracing: Tracing;
  readonly propagation: Propagation;
  flush(options?: FlushOptions): Promise<FlushResult>;
  health(): Health;
  shutdown(options?: FlushOptions): Promise<FlushResult>;
}

/** The public functions over the parts that do the work. */
export function createFace({ serviceName, tracing, propagation, ...rest }: Parts): AgentOps {
  const { sessions } = tracing;
  return {
    serviceName,
    startSession: options => tracing.startSession(options),
    getSession: () => sessions.active(),
    session: sessions.facade,
    ...propagation,
    withContext,
    getCurrentContext,
    bindContext,
    ...createSpanFunctions(tracing),
    ...rest,
  };
}

/** The functions before `init()`, and where there is nothing to trace, as in server-side rendering: they work and record nothing. */
export function createInertFace(): AgentOps {
  const propagation: Propagation = {
    injectContext: (carrier = {} as never) => carrier,
    extractContext: (_, ctx) => ctx ?? getCurrentContext(),
  };
  const health = () => ({ backends: [], propagation: {} });
  const nothing = () => Promise.resolve({ delivered: 0, pending: 0, dropped: {} });
  const sessions = new SessionManager({
    store: createMemoryStore(),
    limits: { idleTimeoutMs: Infinity, maxDurationMs: Infinity },
    autoStart: true,
    perRequest: false,
    tags: [],
    propagation: () => propagation,
  });
  const tracing = new Tracing({ tracer: new ProxyTracerProvider().getTracer('agentops'), sessions });
  return createFace({ serviceName: '', tracing, propagation, flush: nothing, health, shutdown: nothing });
}
