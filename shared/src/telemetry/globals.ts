import {
  context,
  propagation,
  trace,
  type ContextManager,
  type TextMapPropagator,
  type TracerProvider,
} from '@opentelemetry/api';
import { diagnostics } from '../diagnostics.js';
import { keepApart } from '../spans/active-span.js';
import type { AttachedSpanProcessor } from '../external/attached-processor.js';

export interface Globals {
  readonly contextManager?: ContextManager | undefined;
  readonly propagator: TextMapPropagator;
  readonly provider: TracerProvider;
  /** Of a client on the app's provider: what that provider is to be given. */
  readonly processor?: AttachedSpanProcessor;
  /** The client is switched off: it has them to hand on what arrives, and makes no spans. */
  readonly isOff?: boolean;
}

/** Where all copies of the OpenTelemetry API 1.x keep what is registered. The API itself does not say who holds a place. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');
type Registry = Record<string, unknown>;

/** What the client that runs has for them, taken or not. Shared by all copies of the library. */
const OWN = Symbol.for('agentops.globals.v0');

const global = globalThis as { [REGISTRY]?: Registry; [OWN]?: Globals | undefined };

/**
 * Takes those of OpenTelemetry's globals that are free; with the others we work as they are. Returns how to give back what is still ours.
 * @param wanted less than `own` where the app's set-up is to be used
 */
export function registerGlobals(own: Globals, wanted: Partial<Globals> = own): () => void {
  const { contextManager, propagator, provider } = wanted;
  const taken = {
    context: contextManager && context.setGlobalContextManager(contextManager.enable()) && context,
    propagation: propagator && propagation.setGlobalPropagator(propagator) && propagation,
    trace: provider && trace.setGlobalTracerProvider(provider) && trace,
  };
  const registered = { ...registry() };
  global[OWN] = own;
  const isBeside = !!provider && !taken.trace;
  keepApart(isBeside);
  if (isBeside) {
    diagnostics.warn(
      'provider-taken',
      'another OpenTelemetry provider is registered; AgentOps works beside it with its own',
    );
  }
  return () => {
    if (global[OWN] === own) global[OWN] = undefined;
    for (const [name, api] of Object.entries(taken)) if (api && registry()[name] === registered[name]) api.disable();
  };
}

/** Of the client that runs. */
export function ownGlobals(): Globals | undefined {
  return global[OWN];
}

/** What is registered, by whichever copy of the API. */
export function registry(): Registry {
  return global[REGISTRY] ?? {};
}
