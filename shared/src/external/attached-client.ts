import { trace, type TracerProvider } from '@opentelemetry/api';
import type { AgentOps } from '../api.js';
import { createClient } from '../client.js';
import type { InitOptions } from '../config/config.js';
import { externalProvider } from '../config/external-check.js';
import { diagnostics } from '../diagnostics.js';
import type { Platform } from '../platform.js';
import { registerGlobals, registry, type Globals } from '../telemetry/globals.js';
import type { CreateSampling } from '../telemetry/sampling.js';
import { createAttachedProcessor, type AttachedProcessor } from './attached-processor.js';
import { createAttachedProvider } from './attached-provider.js';

/** What an attached client brings itself. */
export type AttachedPlatform = Omit<Platform, 'createTracerProvider' | 'createSampling' | 'registerGlobals'>;

/**
 * A client whose spans are made by the provider of the app: the one in `telemetry.useExternalOtel`, or else whichever is registered, now or later.
 * Nothing of OpenTelemetry's SDK is needed for it, of whichever version the app has one.
 * @throws AgentOpsError when `options` are wrong; nothing has been started then
 */
export function createAttachedClient(platform: AttachedPlatform, options: InitOptions = {}): AgentOps {
  const { useExternalOtel: external, sampling, sampler } = options.telemetry ?? {};
  let processor: AttachedProcessor;
  const client = createClient(
    {
      ...platform,
      serverChecks: { ...platform.serverChecks, useExternalOtel: externalProvider },
      createSampling: leaveSampling,
      // The app's provider makes the spans of every session.
      withSessionProviders: undefined,
      createTracerProvider: ({ spanProcessors }) => {
        processor = createAttachedProcessor(spanProcessors);
        return createAttachedProvider(isProvider(external) ? external : globalProvider, processor);
      },
      registerGlobals: own => {
        const giveBack = registerGlobals({ ...own, processor }, leftFor(own, external));
        return () => {
          processor.stop();
          giveBack();
        };
      },
    },
    options,
  );
  if (sampling || sampler) {
    const cause =
      'the provider of the app decides what is sampled; telemetry.sampling and telemetry.sampler do nothing here';
    diagnostics.warn('external-sampling', cause);
  }
  return client;
}

const NONE_REGISTERED =
  'a span starts, and no OpenTelemetry provider is registered to make it: nothing is recorded; see telemetry.useExternalOtel';

/** Whichever is registered when a span starts, by whichever copy of the API; until one is, spans record nothing. */
const globalProvider: TracerProvider = {
  getTracer(...scope) {
    const tracer = () => {
      if (!registry()['trace']) diagnostics.warn('external-none', NONE_REGISTERED);
      return trace.getTracerProvider().getTracer(...scope);
    };
    return {
      startSpan: (...span) => tracer().startSpan(...span),
      startActiveSpan: (...span: unknown[]) => (tracer().startActiveSpan as (...span: unknown[]) => never)(...span),
    };
  },
};

/**
 * What of `own` a client on the app's set-up registers: one that is still to come would be refused what we have taken.
 * @param external `telemetry.useExternalOtel`
 */
export function leftFor({ contextManager, propagator }: Globals, external: unknown): Partial<Globals> {
  if (!isProvider(external) && !registry()['trace']) return {};
  return { propagator, ...(contextManager && { contextManager }) };
}

function isProvider(external: unknown): external is TracerProvider {
  return typeof external === 'object';
}

/** Is never asked: the app's provider has a sampler. */
const leaveSampling: CreateSampling = () => ({ sampler: { shouldSample: () => ({ decision: 2 }) } });
