import type { TextMapPropagator } from '@opentelemetry/api';
import type { InitOptions } from '../config/config.js';
import { diagnostics } from '../diagnostics.js';
import { keepClient, startedClient } from '../functions.js';
import { ownGlobals, type Globals } from '../telemetry/globals.js';
import { createAttachedClient, type AttachedPlatform } from './attached-client.js';
import { createAttachedProcessor, type AttachedSpanProcessor } from './attached-processor.js';

/** What an app puts into its own set-up of OpenTelemetry. */
export interface Parts {
  createSpanProcessor(options?: InitOptions): AttachedSpanProcessor;
  createPropagator(options?: InitOptions): TextMapPropagator;
}

/**
 * The parts of the client that runs; where none does, the first to be asked for starts one, which traces nothing by itself.
 * @param isOff whether nothing is to run here
 * @param offParts what there is then
 */
export function createParts(
  createPlatform: () => AttachedPlatform,
  isOff = () => false,
  offParts: (options?: InitOptions) => Partial<Globals> = () => OFF,
): Parts {
  let startedWith: InitOptions | undefined;
  const partsOf = (options: InitOptions | undefined): Partial<Globals> => {
    const own = ownGlobals();
    if (own?.isOff) return own;
    if (isOff()) return offParts(options);
    if (!startedClient()) {
      startedWith = options;
      keepClient(createAttachedClient({ ...createPlatform(), instrument: () => () => {} }, options));
    } else if (options && options !== startedWith) {
      diagnostics.warn('external-options', 'AgentOps runs already; the options given now do nothing');
    }
    return ownGlobals() ?? {};
  };
  return {
    createSpanProcessor: options => partsOf(options).processor ?? inertProcessor(),
    createPropagator: options => partsOf(options).propagator ?? INERT_PROPAGATOR,
  };
}

function inertProcessor(): AttachedSpanProcessor {
  diagnostics.warn(
    'external-isolated',
    'AgentOps runs with a provider of its own, so its processor does nothing in another; see telemetry.useExternalOtel',
  );
  return createAttachedProcessor([]);
}

const INERT_PROPAGATOR: TextMapPropagator = { inject() {}, extract: ctx => ctx, fields: () => [] };

const OFF: Partial<Globals> = { processor: /* @__PURE__ */ createAttachedProcessor([]) };
