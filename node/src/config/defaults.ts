import type { InitOptions, Protocol } from '@agentops/shared';

const MEBIBYTE = 2 ** 20;

export const SERVICE_NAME = 'unknown_service:node';

export const PROTOCOL: Protocol = 'http/protobuf';

export const BATCH = {
  maxQueueSize: 200_000,
  maxQueueBytes: 32 * MEBIBYTE,
  maxBatchSize: 512,
  delayMs: 1_000,
  timeoutMs: 10_000,
};

/** Of each span; the length of a text has no limit. */
export const SPAN_LIMITS = {
  attributeCount: 128,
  eventCount: 128,
  linkCount: 128,
  eventAttributeCount: 128,
  linkAttributeCount: 128,
};

/** What holds where no source says anything, for those who ask; the code that reads an option has its default from where it is. */
export const DEFAULTS = {
  serviceName: SERVICE_NAME,
  tags: [],
  autoStartSession: true,
  propagateTo: [],
  debug: false,
  telemetry: {
    exporters: [],
    context: { baggageAttributes: [], outgoing: [], incoming: [] },
    sampling: { rate: 1, rules: [] },
    useExternalOtel: false,
    batch: BATCH,
    spanLimits: SPAN_LIMITS,
  },
} satisfies InitOptions;
