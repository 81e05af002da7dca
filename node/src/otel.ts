/**
 * `@agentops/node/otel`: for an app with an OpenTelemetry set-up of its own, of 2.x or 3.x. Importing it does nothing. Nothing of OpenTelemetry's SDK comes
 * in here: the app has one.
 */
import { createMemoryStore, isPrivateHost } from '@agentops/shared';
import type { AttachedPlatform } from '@agentops/shared/external/attached-client';
import { createParts, type Parts } from '@agentops/shared/external/parts';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import { isFileSwitchedOff } from './config/declarative/disabled.js';
import { BATCH, PROTOCOL, SERVICE_NAME } from './config/defaults.js';
import { disabledParts } from './disabled.js';
import { isDisabled } from './environment.js';
import { flushOnExit } from './process-exit.js';
import { createTransport } from './exporters/http-transport.js';
import { createEncodings } from './exporters/otlp-encodings.js';

const parts = /* @__PURE__ */ createParts(
  createBarePlatform,
  () => isDisabled(process.env) || isFileSwitchedOff(process.env),
  disabledParts,
);

/**
 * A span processor for a provider of your own: puts `session.id`, `agent.id` and allowed baggage on every span, and sends spans to `endpoint` or
 * `exporters` where there are any, as OTLP/HTTP. After `init()` with `telemetry.useExternalOtel` it is that client's; otherwise it starts one, with
 * which all functions work. Options are those of `init()`, from code alone.
 * @throws AgentOpsError when they are wrong
 */
export const createSpanProcessor: Parts['createSpanProcessor'] = options => parts.createSpanProcessor(options);

/**
 * A propagator to register in place of your own: W3C, B3 and baggage by `telemetry.context.propagation`, each request that arrives in a scope and
 * session of its own. Of the same client as the processor: where both are given options, they are given the same.
 * @throws AgentOpsError when they are wrong
 */
export const createPropagator: Parts['createPropagator'] = options => parts.createPropagator(options);

export { diagnose } from './diagnose.js';
export type { AttachedSpanProcessor } from '@agentops/shared/external/attached-processor';
export * from '@agentops/shared/public';

/** Without instrumentation and without a context manager: both are the app's. */
function createBarePlatform(): AttachedPlatform {
  return {
    serviceName: SERVICE_NAME,
    resource: {},
    sessionPerRequest: true,
    ...fullTelemetry,
    createSessionStore: createMemoryStore,
    sessionLimits: { idleTimeoutMs: Infinity, maxDurationMs: Infinity },
    batch: BATCH,
    limits: { maxBatchBytes: 4 * 2 ** 20, maxInFlight: 4, maxInFlightBytes: Infinity },
    isTrusted: url => isPrivateHost(url.hostname),
    ...createTransport(),
    encodings: createEncodings(),
    protocol: PROTOCOL,
    instrument: () => () => {},
    onExit: flushOnExit,
  };
}
