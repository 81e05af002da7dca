import { createMemoryStore, isPrivateHost, type Instruments, type Platform, type Protocol } from '@agentops/shared';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { enableBinding } from './emitter-context.js';
import { instrumentFetch } from './fetch.js';
import { instrumentHttpClient } from './http-client.js';
import { instrumentHttpServer } from './http-server.js';
import { flushOnExit } from './process-exit.js';
import { send } from './send.js';

/**
 * What is different in Node.
 * @param protocol of OTLP exports, unless configured
 */
export function createNodePlatform(protocol: Protocol = 'http/protobuf'): Platform {
  return {
    serviceName: 'unknown_service:node',
    contextManager: new AsyncLocalStorageContextManager(),
    createTracerProvider: config => new NodeTracerProvider(config),
    resource: {
      'process.pid': process.pid,
      'process.runtime.name': 'nodejs',
      'process.runtime.version': process.versions.node,
    },
    sessionPerRequest: true,
    createSessionStore: createMemoryStore,
    sessionLimits: { idleTimeoutMs: Infinity, maxDurationMs: Infinity },
    batch: { maxQueueSize: 10_000, maxBatchSize: 512, delayMs: 1_000, timeoutMs: 10_000 },
    isTrusted: url => isPrivateHost(url.hostname),
    send,
    encodings: {
      'http/protobuf': { serializer: ProtobufTraceSerializer, contentType: 'application/x-protobuf' },
      'http/json': { serializer: JsonTraceSerializer, contentType: 'application/json' },
    },
    protocol,
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
