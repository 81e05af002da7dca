import type { AgentOps, Attributes } from './api.js';
import { createStampingProcessor } from './baggage/stamp.js';
import type { InitOptions } from './config/config.js';
import { validate } from './config/validate.js';
import { diagnostics } from './diagnostics.js';
import { createFace } from './face.js';
import { guard } from './guard.js';
import type { Platform } from './platform.js';
import { composePropagators } from './propagation/compose.js';
import { createPropagation, type Propagation } from './propagation/inject-extract.js';
import { createOutgoingPolicy } from './propagation/outgoing-policy.js';
import { SessionManager } from './session/manager.js';
import { Tracing } from './spans/tracing.js';
import { createQueues } from './telemetry/exporters.js';
import { registerGlobals } from './telemetry/globals.js';
import { TelemetryManager } from './telemetry/manager.js';
import { createSampling } from './telemetry/sampling.js';

/**
 * All of start-up, in order.
 * @throws AgentOpsError when `options` are wrong; nothing has been started then
 */
export function createClient(platform: Platform, options: InitOptions = {}): AgentOps {
  validate(options, platform.serverChecks);
  diagnostics.verbose = options.debug ?? false;
  const queues = createQueues(options, platform);

  const sessions = new SessionManager({
    store: platform.createSessionStore(options),
    limits: { ...platform.sessionLimits, ...options.session },
    autoStart: options.autoStartSession ?? true,
    perRequest: platform.sessionPerRequest,
    tags: options.tags ?? [],
    propagation: (): Propagation => propagationFunctions,
  });
  const { propagation: formats, baggageAttributes = [], outgoing, incoming } = options.telemetry?.context ?? {};
  const propagator = composePropagators(formats, sessions);
  const propagationFunctions = createPropagation(propagator);

  const resource = { ...platform.resource, ...resourceOf(options, platform) };
  const samplingParts = { sessions, service: String(resource['service.name']), queues };
  const sampling = (platform.createSampling ?? createSampling)(options.telemetry ?? {}, samplingParts);
  const telemetry = new TelemetryManager({
    createTracerProvider: platform.createTracerProvider,
    resource,
    processors: [createStampingProcessor(sessions, baggageAttributes), ...(platform.processors ?? [])],
    queues,
    sampling,
    metrics: platform.createMetrics?.({ options, resource, sessions, send: platform.send }),
  });
  const { contextManager } = platform;
  const unregisterGlobals = registerGlobals({ contextManager, propagator, provider: telemetry.provider });

  const tracing = new Tracing({
    tracer: telemetry.tracer,
    sessions,
    rootSpans: platform.sessionPerRequest,
    inferParent: platform.inferParent,
  });
  const policy = createOutgoingPolicy({
    rules: outgoing,
    propagateTo: options.propagateTo,
    isTrusted: url => platform.isTrusted(url),
  });
  const instruments = { tracing, propagator, policy, incoming };
  const stop = [
    guard('instrumenting', () => platform.instrument(instruments)),
    guard('watching for the end', () => platform.onExit(telemetry)),
    unregisterGlobals,
  ];
  return createFace({
    serviceName: options.serviceName ?? platform.serviceName,
    tracing,
    propagation: propagationFunctions,
    flush: flushOptions => telemetry.flush(flushOptions),
    health: () => telemetry.health(),
    shutdown: flushOptions => {
      for (const undo of stop) guard('shutting down', () => undo?.());
      return telemetry.shutdown(flushOptions);
    },
  });
}

function resourceOf(options: InitOptions, platform: Platform): Attributes {
  return {
    ...options.resourceAttributes,
    'service.name': options.serviceName ?? options.resourceAttributes?.['service.name'] ?? platform.serviceName,
    'service.version': options.serviceVersion ?? options.resourceAttributes?.['service.version'],
    'deployment.environment.name': options.environment ?? options.resourceAttributes?.['deployment.environment.name'],
  };
}
