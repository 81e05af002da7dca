import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { ExporterOption, InitOptions, OtlpExporterOption } from '../config/config.js';
import { AgentOpsError } from '../errors.js';
import { createConsoleExporter } from '../export/console.js';
import { createOtlpBackend } from '../export/otlp-http.js';
import { createExporterBackend } from '../export/span-exporter.js';
import { Tally } from '../export/tally.js';
import type { Platform } from '../platform.js';
import { BatchQueue, type BatchOptions, type SpanQueue } from './batch.js';

interface Surroundings {
  readonly options: InitOptions;
  readonly platform: Platform;
  readonly batch: BatchOptions;
}

/**
 * A queue for each of the backends that `options` ask for.
 * @throws AgentOpsError when an OTLP backend has no endpoint, or wants an encoding the platform has not
 */
export function createQueues(options: InitOptions, platform: Platform): SpanQueue[] {
  const around = { options, platform, batch: { ...platform.batch, ...options.telemetry?.batch } };
  const wanted: ExporterOption[] = options.telemetry?.exporters ?? (options.endpoint ? ['otlp'] : []);
  // None is started before all have proved right.
  return wanted.map((exporter, index) => prepare(exporter, around, index)).map(start => start());
}

function prepare(exporter: ExporterOption, around: Surroundings, index: number): () => SpanQueue {
  if (typeof exporter === 'object' && 'export' in exporter) return ofExporter(exporter, around);
  if (exporter === 'console' || (exporter !== 'otlp' && exporter.type === 'console'))
    return ofExporter(createConsoleExporter(), around);
  return ofOtlp(exporter === 'otlp' ? { type: 'otlp' } : exporter, around, `telemetry.exporters[${index}]`);
}

function ofExporter(exporter: SpanExporter, { platform, batch }: Surroundings): () => SpanQueue {
  const backend = createExporterBackend(exporter, batch.timeoutMs);
  return () => new BatchQueue({ backend, observe: platform.observe }, batch);
}

function ofOtlp(option: OtlpExporterOption, { options, platform, batch }: Surroundings, path: string): () => SpanQueue {
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
    return new BatchQueue({ backend, spool, observe, tally }, batch);
  };
}

function wrong(path: string, message: string): AgentOpsError {
  return new AgentOpsError('invalid-config', [{ path, message }]);
}
