import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { ExporterOption, InitOptions, OtlpExporterOption } from '../config/config.js';
import { AgentOpsError } from '../errors.js';
import { createConsoleExporter } from '../export/console.js';
import { createOtlpBackend } from '../export/otlp-http.js';
import { createExporterBackend } from '../export/span-exporter.js';
import { Tally } from '../export/tally.js';
import type { Platform } from '../platform.js';
import { BatchQueue, type BatchOptions, type SpanQueue } from './batch.js';
import type { PipelineOptions } from './pipeline-options.js';

interface Surroundings {
  readonly options: InitOptions;
  readonly platform: Platform;
  readonly batch: BatchOptions;
  readonly maxAttempts: number | undefined;
}

/**
 * A queue for each of the backends that `options` ask for.
 * @throws AgentOpsError when an OTLP backend has no endpoint, or wants an encoding the platform has not
 */
export function createQueues(options: InitOptions, platform: Platform): SpanQueue[] {
  // None is started before all have proved right.
  return exportersOf(options)
    .map((exporter, index) => prepareQueue(exporter, { options, platform }, `telemetry.exporters[${index}]`))
    .map(start => start());
}

/** The backends that `options` ask for. */
export function exportersOf({ endpoint, telemetry }: InitOptions): readonly ExporterOption[] {
  return telemetry?.exporters ?? (endpoint ? ['otlp'] : []);
}

/**
 * @param path of the option, for errors
 * @throws AgentOpsError as `createQueues` does
 * @returns how to start it
 */
export function prepareQueue(
  exporter: ExporterOption,
  { options, platform }: Pick<Surroundings, 'options' | 'platform'>,
  path: string,
): () => SpanQueue {
  const own: PipelineOptions = typeof exporter === 'string' || 'export' in exporter ? {} : exporter;
  const batch = { ...platform.batch, ...options.telemetry?.batch, ...own.batch };
  const start = prepare(exporter, { options, platform, batch, maxAttempts: own.maxAttempts }, path);
  return () => {
    const queue = start();
    return platform.createPipeline?.(queue, own) ?? queue;
  };
}

function prepare(exporter: ExporterOption, around: Surroundings, path: string): () => SpanQueue {
  const option = exporter === 'otlp' || exporter === 'console' ? { type: exporter } : exporter;
  if ('export' in option) return ofExporter(option, around);
  if ('exporter' in option) return ofExporter(option.exporter, around);
  if (option.type === 'console') return ofExporter(createConsoleExporter(), around);
  return ofOtlp(option as OtlpExporterOption, around, path);
}

function ofExporter(exporter: SpanExporter, { platform, batch, maxAttempts }: Surroundings): () => SpanQueue {
  const backend = createExporterBackend(exporter, batch.timeoutMs);
  return () => new BatchQueue({ backend, observe: platform.observe, maxAttempts }, batch);
}

function ofOtlp(option: OtlpExporterOption, around: Surroundings, path: string): () => SpanQueue {
  const { options, platform, batch, maxAttempts } = around;
  const { url, endpoint = url ?? options.endpoint, headers = options.headers, protocol = platform.protocol } = option;
  if (!endpoint) throw wrong(`${path}.endpoint`, 'must be set, here or as the `endpoint` of the configuration');
  const encoding = platform.encodings[protocol];
  if (!encoding) throw wrong(`${path}.protocol`, `must be "${platform.protocol}" here`);
  const { limits, observe, send, sendSync } = platform;
  const { timeoutMs } = batch;
  const backend = createOtlpBackend({ endpoint, url, headers, ...encoding, ...limits, send, sendSync, timeoutMs });
  return () => {
    const tally = new Tally();
    const spool = platform.createSpool?.({ backend, contentType: encoding.contentType, options, tally });
    return new BatchQueue({ backend, spool, observe, tally, maxAttempts }, batch);
  };
}

function wrong(path: string, message: string): AgentOpsError {
  return new AgentOpsError('invalid-config', [{ path, message }]);
}
