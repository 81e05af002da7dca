import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { ExporterOption, InitOptions, OtlpExporterOption } from '../config/config.js';
import type { ExporterShape } from '../config/exporter-checks.js';
import { AgentOpsError } from '../errors.js';
import type { Backend, Batch, Spool } from '../export/backend.js';
import { createConsoleExporter } from '../export/console.js';
import { createOtlpBackend } from '../export/otlp-http.js';
import { createExporterBackend } from '../export/span-exporter.js';
import { Tally } from '../export/tally.js';
import type { OtlpEncoding, Platform, SpoolWanted } from '../platform.js';
import { BatchQueue, type BatchOptions, type SpanQueue } from './batch.js';
import type { PipelineOptions } from './pipeline-options.js';

/** What a backend is made with, besides its own options. */
export interface Surroundings {
  readonly options: InitOptions;
  readonly platform: Platform;
  /** Those of this backend. */
  readonly batch: BatchOptions;
  readonly maxAttempts?: number | undefined;
  /** Whether exporters of the app's are not to be shut down. */
  readonly areShared: boolean;
  /** Where it is in the configuration, such as `telemetry.exporters[0]`. */
  readonly path: string;
}

/** An entry of the configuration that names its type. */
export type TypedExporterOption = Extract<ExporterOption, { type: string }>;

/** One kind of backend. */
export interface ExporterType extends ExporterShape {
  /**
   * Makes what starts its queue; none is started before all have proved right.
   * @throws AgentOpsError for what the checks of its options cannot see
   */
  prepare(option: TypedExporterOption, around: Surroundings): () => SpanQueue;
}

/**
 * A queue for each of the backends that `options` ask for.
 * @param areShared whether exporters of the app's may have other spans too, and are not to be shut down
 * @throws AgentOpsError when an OTLP backend has no endpoint, or wants an encoding the platform has not
 */
export function createQueues(
  options: InitOptions,
  platform: Platform,
  { areShared = false }: { areShared?: boolean } = {},
): SpanQueue[] {
  return Object.entries(exportersOf(options))
    .flatMap(([name, list]) =>
      list.map((exporter, index) => {
        const own: PipelineOptions = typeof exporter === 'string' || 'export' in exporter ? {} : exporter;
        const batch = { ...platform.batch, ...options.telemetry?.batch, ...own.batch };
        const path = `telemetry.${name}[${index}]`;
        const around = { options, platform, batch, maxAttempts: own.maxAttempts, path, areShared };
        return [prepare(exporter, around), own] as const;
      }),
    )
    .map(([start, own]) => {
      const queue = start();
      return platform.createPipeline?.(queue, own) ?? queue;
    });
}

/** The backends that `options` ask for, by the option that does. */
export function exportersOf({ endpoint, telemetry }: InitOptions): Record<string, readonly ExporterOption[]> {
  const { exporters = endpoint ? ['otlp'] : [], additionalExporters = [] } = telemetry ?? {};
  return { exporters, additionalExporters };
}

function prepare(exporter: ExporterOption, around: Surroundings): () => SpanQueue {
  const option = (typeof exporter === 'string' ? { type: exporter } : exporter) as Exclude<ExporterOption, string>;
  if ('export' in option) return prepareExporter(option, around);
  if ('exporter' in option) return prepareExporter(option.exporter, around);
  return (
    around.platform.exporterTypes?.[option.type]?.prepare(option, around) ??
    (option.type === 'otlp' ? prepareOtlp(option, around) : prepareExporter(createConsoleExporter(), around))
  );
}

export function prepareExporter(exporter: SpanExporter, around: Surroundings): () => SpanQueue {
  const { batch, areShared } = around;
  return prepareQueue(createExporterBackend(exporter, batch.timeoutMs, areShared), around);
}

export function prepareOtlp(option: OtlpExporterOption, around: Surroundings): () => SpanQueue {
  const { options, platform, batch, path } = around;
  const { url, endpoint = url ?? options.endpoint, headers = options.headers, protocol = platform.protocol } = option;
  if (!endpoint) throw wrong(`${path}.endpoint`, 'must be set');
  const encoding = platform.encodings[protocol];
  if (!encoding) throw wrong(`${path}.protocol`, `must be "${platform.protocol}" here`);
  const backend = createOtlpBackend({
    ...encoding,
    ...platform.limits,
    endpoint,
    url,
    headers,
    send: platform.send,
    toExitRequest: platform.toExitRequest,
    timeoutMs: batch.timeoutMs,
  });
  return prepareQueue(backend, around, encoding.contentType);
}

/** @param contentType of encoded batches, which a spool can keep */
export function prepareQueue<B extends Batch>(
  backend: Backend<B>,
  { options, platform, batch, maxAttempts }: Surroundings,
  contentType?: OtlpEncoding['contentType'],
): () => SpanQueue {
  return () => {
    const tally = new Tally();
    const wanted = { backend, contentType, options, tally } as unknown as SpoolWanted;
    const spool = (contentType && platform.createSpool?.(wanted)) as Spool<B> | undefined;
    return new BatchQueue(
      { backend, spool, observe: platform.createObserver?.(backend.name), tally, maxAttempts },
      batch,
    );
  };
}

export function wrong(path: string, message: string): AgentOpsError {
  return new AgentOpsError('invalid-config', [{ path, message }]);
}
