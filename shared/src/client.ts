import type { AgentOps } from './api.js';
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
import { SessionManager, type SessionManagerOptions } from './session/manager.js';
import { Tracing } from './spans/tracing.js';
import { createQueues } from './telemetry/exporters.js';
import { registerGlobals } from './telemetry/globals.js';
import { TelemetryManager } from './telemetry/manager.js';
import type { ResourceAttributes } from './telemetry/detectors.js';
import type { Routes } from './telemetry/routes.js';

/**
 * All of start-up, in order.
 * @throws AgentOpsError when `given` is wrong; nothing has been started then
 */
export function createClient(platform: Platform, given: InitOptions = {}): AgentOps {
  const check = (wanted: InitOptions) => validate(wanted, platform.serverChecks);
  check(given);
  diagnostics.verbose = given.debug ?? false;
  const { plugins } = platform;
  const options = plugins?.apply(given, check) ?? given;
  const client = start(platform, options);
  void plugins?.notify(options, plugin => plugin.started?.(client));
  return client;
}

function start(platform: Platform, options: InitOptions): AgentOps {
  const queues = createQueues(options, platform);
  const routes: Routes = platform.createRoutes?.(queues, { options, platform }) ?? { processors: queues, queues };

  const sessions = createSessions(platform, options, {
    propagation: (): Propagation => propagationFunctions,
    exports: routes.sessions,
  });
  const { propagation: formats, baggageAttributes = [], outgoing, incoming } = options.telemetry?.context ?? {};
  const propagator = composePropagators(formats, sessions);
  const propagationFunctions = createPropagation(propagator);

  const resource = resourceOf(options, platform);
  const samplingParts = { sessions, service: String(resource['service.name']), routes };
  const sampling = platform.createSampling(options.telemetry ?? {}, samplingParts);
  const metrics = platform.createMetrics?.({ options, resource, sessions, send: platform.send }) ?? [];
  const telemetry = new TelemetryManager({
    createTracerProvider:
      platform.withSessionProviders?.(platform, { ...samplingParts, routes, metrics }) ?? platform.createTracerProvider,
    resource,
    processors: [createStampingProcessor(sessions, baggageAttributes), ...(platform.processors ?? [])],
    routes,
    sampling,
    metrics,
  });
  const { contextManager } = platform;
  const register = platform.registerGlobals ?? registerGlobals;
  const unregisterGlobals = register({ contextManager, propagator, provider: telemetry.provider });

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
      return telemetry.shutdown(
        flushOptions,
        platform.plugins?.notify(options, plugin => plugin.stopping?.()),
      );
    },
  });
}

function createSessions(
  platform: Platform,
  options: InitOptions,
  links: Pick<SessionManagerOptions, 'propagation' | 'exports'>,
): SessionManager {
  return new SessionManager({
    store: platform.createSessionStore(options),
    limits: { ...platform.sessionLimits, ...options.session },
    autoStart: options.autoStartSession ?? true,
    perRequest: platform.sessionPerRequest,
    tags: options.tags ?? [],
    ...links,
  });
}

/** What is configured goes before what is detected. */
function resourceOf(options: InitOptions, platform: Platform): ResourceAttributes {
  const configured = Object.entries({
    ...options.resourceAttributes,
    'service.name': options.serviceName ?? options.resourceAttributes?.['service.name'] ?? platform.serviceName,
    'service.version': options.serviceVersion ?? options.resourceAttributes?.['service.version'],
    'deployment.environment.name': options.environment ?? options.resourceAttributes?.['deployment.environment.name'],
  });
  return {
    ...(platform.detectResource?.(options, platform.resource) ?? platform.resource),
    ...Object.fromEntries(configured.filter(([, value]) => value !== undefined)),
  };
}
