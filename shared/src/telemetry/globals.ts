import {
  context,
  propagation,
  trace,
  type ContextManager,
  type TextMapPropagator,
  type TracerProvider,
} from '@opentelemetry/api';
import { diagnostics } from '../diagnostics.js';

export interface Globals {
  readonly contextManager: ContextManager;
  readonly propagator: TextMapPropagator;
  readonly provider: TracerProvider;
}

/** Where all copies of the OpenTelemetry API 1.x keep what is registered. The API itself does not say who holds a place. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');
type Registry = Record<string, unknown>;

/** Takes those of OpenTelemetry's globals that are free; with the others we work as they are. Returns how to give back what is still ours. */
export function registerGlobals({ contextManager, propagator, provider }: Globals): () => void {
  const taken = {
    context: context.setGlobalContextManager(contextManager.enable()) && context,
    propagation: propagation.setGlobalPropagator(propagator) && propagation,
    trace: trace.setGlobalTracerProvider(provider) && trace,
  };
  const registered = { ...registry() };
  if (!taken.trace) {
    diagnostics.warn(
      'provider-taken',
      'another OpenTelemetry provider is registered; AgentOps works beside it with its own',
    );
  }
  return () => {
    for (const [name, api] of Object.entries(taken)) if (api && registry()[name] === registered[name]) api.disable();
  };
}

export function registry(): Registry {
  return (globalThis as { [REGISTRY]?: Registry })[REGISTRY] ?? {};
}
