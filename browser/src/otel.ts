/**
 * `@agentops/web/otel`: for a page with an OpenTelemetry set-up of its own, of 2.x or 3.x. Importing it does nothing. Nothing of OpenTelemetry's SDK comes in
 * here: the page has one.
 */
import { diagnostics, type AgentOps, type Diagnosis, type InitOptions } from '@agentops/shared';
import { createAttachedClient } from '@agentops/shared/external/attached-client';
import { diagnose as diagnoseWith, knownCopies } from '@agentops/shared/external/diagnose';
import { createParts, type Parts } from '@agentops/shared/external/parts';
import { RULES } from '@agentops/shared/external/rules';
import { createInertFace } from '@agentops/shared/face';
import { keepClient, startedClient } from '@agentops/shared/functions';
import { createPagePlatform, isPage } from './platform.js';

const parts = /* @__PURE__ */ createParts(createPagePlatform, () => !isPage());

/**
 * `init()` of `@agentops/web/manual`, with spans made by your provider: the one in `telemetry.useExternalOtel`, or else whichever is registered.
 * @throws AgentOpsError when the configuration is wrong
 */
export function init(options: InitOptions = {}): AgentOps {
  if (!isPage()) return createInertFace();
  const running = startedClient();
  if (!running) return keepClient({ ...createAttachedClient(createPagePlatform(), options), diagnose });
  diagnostics.warn('init-twice', 'init() was called again; the client that runs stays as it is');
  return running;
}

/**
 * A span processor for a provider of your own: puts `session.id`, `agent.id` and allowed baggage on every span, and sends spans to `endpoint` or
 * `exporters` where there are any. After `init()` of this entry it is that client's; otherwise it starts one, with which all functions work and which
 * traces no request itself.
 * @throws AgentOpsError when options are wrong
 */
export const createSpanProcessor: Parts['createSpanProcessor'] = options => parts.createSpanProcessor(options);

/**
 * A propagator to register in place of your own: W3C, B3 and baggage by `telemetry.context.propagation`. Of the same client as the processor: where both
 * are given options, they are given the same.
 * @throws AgentOpsError when they are wrong
 */
export const createPropagator: Parts['createPropagator'] = options => parts.createPropagator(options);

/** Who owns which of OpenTelemetry's globals in this page, what goes wrong by it and what to do. */
export function diagnose(): Diagnosis {
  return diagnoseWith(RULES, { copies: knownCopies(), httpByOthers: false });
}

export type { AttachedSpanProcessor } from '@agentops/shared/external/attached-processor';
export * from '@agentops/shared/public';
