import type { ExporterOption, InitOptions } from '@agentops/shared';
import { beyond, kind, list, made, object, said, whole } from './parts.js';
import { delay, timeout } from './otlp.js';
import { sampler } from './samplers.js';
import { piece, sections } from './sections.js';
import { spanExporter, type DeclaredExporter } from './span-exporters.js';
import { spanLimits } from './span-limits.js';

type BatchSizes = NonNullable<NonNullable<InitOptions['telemetry']>['batch']>;
type Unsaid<T> = { [K in keyof T]: T[K] | undefined };

const BATCH = {
  schedule_delay: delay,
  export_timeout: timeout,
  max_queue_size: whole(1),
  max_export_batch_size: whole(1),
  exporter: spanExporter,
};

/** The exporter of a processor has a queue of its own here, which is the processor. */
const processor = kind<ExporterOption>({
  batch: made(
    object(BATCH, ['exporter']),
    ({ exporter, ...found }) =>
      exporter &&
      withBatch(exporter, {
        delayMs: found.schedule_delay,
        timeoutMs: found.export_timeout,
        maxQueueSize: found.max_queue_size,
        maxBatchSize: found.max_export_batch_size,
      }),
  ),
  simple: made(
    object({ exporter: spanExporter }, ['exporter']),
    ({ exporter }) => exporter && withBatch(exporter, { maxBatchSize: 1 }),
  ),
});

const exporters = piece(list(processor), (found): InitOptions => ({ telemetry: { exporters: found } }));

/** `tracer_provider`. */
export const tracerProvider = sections(
  {
    processors: exporters,
    limits: spanLimits,
    sampler: piece(sampler, (found): InitOptions => ({ telemetry: { sampler: found } })),
    id_generator: piece(kind({ random: object({}) }), () => ({})),
    'tracer_configurator/development': beyond('every tracer is on'),
  },
  ['processors'],
);

/** A timeout of the exporter's own goes first. */
function withBatch({ option, timeoutMs }: DeclaredExporter, processor: Unsaid<BatchSizes>): ExporterOption {
  const batch = said({ ...processor, timeoutMs: timeoutMs ?? processor.timeoutMs });
  return Object.keys(batch).length ? { ...option, batch } : option;
}
