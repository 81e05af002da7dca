import { createMemoryStore } from '@agentops/shared';
import type { AttachedPlatform } from '@agentops/shared/external/attached-client';
import { context, trace, type TracerProvider } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { SyncContextManager } from './support.js';

/** A span processor that keeps what ends. */
export function collect(spans: ReadableSpan[]) {
  return {
    onStart: () => {},
    onEnd: (span: ReadableSpan) => void spans.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

export function register(provider: TracerProvider): void {
  context.setGlobalContextManager(new SyncContextManager());
  trace.setGlobalTracerProvider(provider);
}

/** What a client on the app's provider is given, anywhere. */
export function platform(): AttachedPlatform {
  return {
    serviceName: 'test',
    resource: {},
    sessionPerRequest: false,
    createSessionStore: createMemoryStore,
    sessionLimits: { idleTimeoutMs: Infinity, maxDurationMs: Infinity },
    batch: { maxQueueSize: 100, maxQueueBytes: 2 ** 20, maxBatchSize: 10, delayMs: 1_000, timeoutMs: 1_000 },
    limits: { maxBatchBytes: 2 ** 20, maxInFlight: 4, maxInFlightBytes: Infinity },
    isTrusted: () => true,
    send: () => Promise.resolve({ status: 200 }),
    encodings: {},
    protocol: 'http/json',
    instrument: () => () => {},
    onExit: () => () => {},
  };
}
