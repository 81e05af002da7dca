import { ProxyTracerProvider, type ContextManager } from '@opentelemetry/api';
import { createMemoryStore, type AgentOps, type InitOptions } from '@agentops/shared';
import { leftFor } from '@agentops/shared/external/attached-client';
import { createAttachedProcessor } from '@agentops/shared/external/attached-processor';
import { createFace } from '@agentops/shared/face';
import { composePropagators } from '@agentops/shared/propagation/compose';
import { createPropagation, type Propagation } from '@agentops/shared/propagation/inject-extract';
import { SessionManager } from '@agentops/shared/session/manager';
import { Tracing } from '@agentops/shared/spans/tracing';
import { registerGlobals, type Globals } from '@agentops/shared/telemetry/globals';

/**
 * The client of a process where telemetry is switched off: nothing is traced, counted or sent, and what arrives is handed on all the same, so that a
 * trace through here does not break. "This setting has no effect on propagators",
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration.
 */
export function createDisabledClient(options: InitOptions, contextManager: ContextManager): AgentOps {
  const { sessions, propagation, propagator } = createPropagationParts(options);
  const provider = new ProxyTracerProvider();
  const own = { contextManager, propagator, provider, processor: createAttachedProcessor([]), isOff: true };
  const external = options.telemetry?.useExternalOtel;
  const unregister = registerGlobals(own, external ? leftFor(own, external) : { contextManager, propagator });
  const nothing = () => Promise.resolve({ delivered: 0, pending: 0, dropped: {} });
  return createFace({
    serviceName: options.serviceName ?? '',
    tracing: new Tracing({ tracer: provider.getTracer('agentops'), sessions }),
    propagation,
    flush: nothing,
    health: () => ({ backends: [], propagation: {} }),
    shutdown: () => {
      unregister();
      return nothing();
    },
  });
}

/** What an app's own set-up gets of us then. */
export function disabledParts(options: InitOptions = {}): Partial<Globals> {
  return { processor: createAttachedProcessor([]), propagator: createPropagationParts(options).propagator };
}

/** Without a session of its own: it would be one that nobody has heard of. */
function createPropagationParts({ telemetry }: InitOptions) {
  const sessions = new SessionManager({
    store: createMemoryStore(),
    limits: { idleTimeoutMs: Infinity, maxDurationMs: Infinity },
    autoStart: false,
    perRequest: true,
    tags: [],
    propagation: (): Propagation => propagation,
  });
  const propagator = composePropagators(telemetry?.context?.propagation, sessions);
  const propagation = createPropagation(propagator);
  return { sessions, propagation, propagator };
}
