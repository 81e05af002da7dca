import { SESSION_LIMITS, type Instruments, type Platform } from '@agentops/shared';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { createContextManager } from './context-choice.js';
import { instrumentFetch } from './fetch.js';
import { InteractionTracker } from './page-context.js';
import { flushOnHide, onLeave } from './page-lifecycle.js';
import { tracePageLoad } from './page-load.js';
import { watchResourceEnds } from './resource-ends.js';
import { createPageSessionStore } from './session-storage.js';
import { createPageTransport } from './transport.js';
import { instrumentXhr } from './xhr.js';

/** False in server-side rendering, in workers and in plain Node: there the package does nothing. */
export function isPage(): boolean {
  return typeof window === 'object' && typeof document === 'object' && typeof XMLHttpRequest === 'function';
}

/** What is different in a page. */
export function createPagePlatform(): Platform {
  const interactions = new InteractionTracker();
  return {
    serviceName: 'web',
    contextManager: createContextManager(),
    createTracerProvider: config => new WebTracerProvider(config),
    resource: {},
    sessionPerRequest: false,
    createSessionStore: options => createPageSessionStore(options.session?.crossTab ?? false),
    sessionLimits: SESSION_LIMITS,
    batch: { maxQueueSize: 2_048, maxBatchSize: 64, delayMs: 1_000, timeoutMs: 10_000 },
    // Not `location.origin`: a srcdoc frame has the origin of the page around it. Opaque ones are equal to none.
    isTrusted: url => url.origin === self.origin,
    send: createPageTransport(globalThis.fetch.bind(globalThis)),
    encodings: { 'http/json': { serializer: JsonTraceSerializer, contentType: 'application/json' } },
    protocol: 'http/json',
    processors: [interactions],
    inferParent: interactions.inferParent,
    instrument: instruments => instrument(instruments, interactions),
    onExit: flushOnHide,
  };
}

function instrument(instruments: Instruments, interactions: InteractionTracker): () => void {
  const ends = watchResourceEnds();
  const undo = [
    instrumentFetch(instruments, ends),
    instrumentXhr(instruments),
    () => ends.stop(),
    onLeave(() => interactions.endAll()),
  ];
  tracePageLoad(instruments);
  return () => undo.forEach(stop => stop());
}
