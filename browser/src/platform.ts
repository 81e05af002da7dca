import { otlpJsonSerializer, SESSION_LIMITS, type Instruments } from '@agentops/shared';
import type { AttachedPlatform } from '@agentops/shared/external/attached-client';
import { createGzip } from './compress.js';
import { createContextManager } from './context-choice.js';
import { instrumentFetch } from './fetch.js';
import { metricsChoice } from './metrics-choice.js';
import { InteractionTracker } from './page-context.js';
import { leaveOnHide, onLeave } from './page-lifecycle.js';
import { tracePageLoad } from './page-load.js';
import { watchResourceEnds } from './resource-ends.js';
import { createPageSessionStore } from './session-storage.js';
import { createPageSpool } from './spool.js';
import { telemetryChoice } from './telemetry-choice.js';
import { createPageTransport, KEEPALIVE_BYTES } from './transport.js';
import { instrumentXhr } from './xhr.js';

/** False in server-side rendering, in workers and in plain Node: there the package does nothing. */
export function isPage(): boolean {
  return typeof window === 'object' && typeof document === 'object' && typeof XMLHttpRequest === 'function';
}

/** What is different in a page, but for where spans come from. */
export function createPagePlatform(): AttachedPlatform {
  const interactions = new InteractionTracker();
  const gzip = createGzip();
  return {
    ...telemetryChoice,
    serviceName: 'web',
    contextManager: createContextManager(),
    resource: {},
    sessionPerRequest: false,
    createSessionStore: options => createPageSessionStore(options.session?.crossTab ?? false),
    sessionLimits: SESSION_LIMITS,
    batch: {
      maxQueueSize: 10_000,
      maxQueueBytes: 4 * 2 ** 20,
      maxBatchSize: 64,
      delayMs: 1_000,
      timeoutMs: 10_000,
    },
    // What is on its way leaves room for as much again: for what has not left when the page is closed.
    limits: {
      maxBatchBytes: KEEPALIVE_BYTES / 2,
      maxInFlight: 9,
      maxInFlightBytes: KEEPALIVE_BYTES / 2,
      maxLeavingBytes: KEEPALIVE_BYTES,
    },
    // Not `location.origin`: a srcdoc frame has the origin of the page around it. Opaque ones are equal to none.
    isTrusted: url => url.origin === self.origin,
    send: createPageTransport(globalThis.fetch.bind(globalThis), gzip),
    createSpool: createPageSpool,
    encodings: { 'http/json': { serializer: otlpJsonSerializer, contentType: 'application/json' } },
    protocol: 'http/json',
    processors: [interactions],
    inferParent: interactions.inferParent,
    ...metricsChoice,
    serverChecks: { ...metricsChoice.serverChecks, ...telemetryChoice.serverChecks },
    instrument: instruments => instrument(instruments, interactions),
    onExit: hooks => leaveOnHide(hooks, gzip),
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
