import { createMemoryStore, isPrivateHost, type InitOptions, type Instruments, type Platform } from '@agentops/shared';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import { createFullSampling } from '@agentops/shared/telemetry/sampling-full';
import { toSdkConfig } from '@agentops/shared/telemetry/provider-config';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { nodeChecks } from './config/checks.js';
import { BATCH, PROTOCOL, SERVICE_NAME } from './config/defaults.js';
import { createSpools } from './disk-queue/index.js';
import { enableBinding } from './emitter-context.js';
import { EXPORTER_TYPES } from './exporters/index.js';
import { createTransport } from './exporters/http-transport.js';
import { instrumentFetch } from './fetch.js';
import { instrumentHttpClient } from './http-client.js';
import { instrumentHttpServer } from './http-server.js';
import { createEncodings } from './exporters/otlp-encodings.js';
import { createMetrics } from './metrics/create.js';
import { flushOnExit } from './process-exit.js';
import { watchBackends } from './self-metrics.js';
import { toSdkLimits } from './span-limits.js';

const MEBIBYTE = 2 ** 20;

/** What is different in Node. */
export function createNodePlatform({ telemetry }: InitOptions): Platform {
  const spanLimits = toSdkLimits(telemetry?.spanLimits);
  return {
    serviceName: SERVICE_NAME,
    contextManager: new AsyncLocalStorageContextManager(),
    createTracerProvider: config => new NodeTracerProvider({ ...toSdkConfig(config), spanLimits }),
    resource: {
      'process.pid': process.pid,
      'process.runtime.name': 'nodejs',
      'process.runtime.version': process.versions.node,
    },
    sessionPerRequest: true,
    ...fullTelemetry,
    ...watchBackends(),
    createSampling: createFullSampling,
    serverChecks: nodeChecks,
    exporterTypes: EXPORTER_TYPES,
    createSessionStore: createMemoryStore,
    sessionLimits: { idleTimeoutMs: Infinity, maxDurationMs: Infinity },
    batch: BATCH,
    limits: { maxBatchBytes: 4 * MEBIBYTE, maxInFlight: 4, maxInFlightBytes: Infinity },
    isTrusted: url => isPrivateHost(url.hostname),
    ...createTransport(),
    createSpool: createSpools(),
    encodings: createEncodings(),
    protocol: PROTOCOL,
    createMetrics,
    instrument,
    onExit: flushOnExit,
  };
}

function instrument(instruments: Instruments): () => void {
  const undo = [enableBinding, instrumentHttpServer, instrumentHttpClient, instrumentFetch].map(start =>
    start(instruments),
  );
  return () => undo.forEach(stop => stop());
}
