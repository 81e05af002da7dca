import {
  metrics,
  type Attributes,
  type BatchObservableCallback,
  type BatchObservableResult,
  type Histogram,
  type Meter,
} from '@opentelemetry/api';
import { VERSION, type AgentOps, type BackendHealth, type ExportAttempt } from '@agentops/shared';

/*
 * How the toolkit itself is doing, as metrics of whichever MeterProvider the app has registered before `init()`; one that comes later gets
 * nothing. Names: https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/, which are in development.
 */

const PROCESSOR = 'agentops_span_processor';

/** What the name of a backend begins with, or ends with -> what it is. */
const EXPORTERS: readonly (readonly [name: RegExp, type: string])[] = [
  [/^grpcs?:/, 'agentops_otlp_grpc_span_exporter'],
  [/^file:/, 'agentops_otlp_file_span_exporter'],
  [/^https?:.*\/api\/v2\/spans$/, 'agentops_zipkin_http_span_exporter'],
  [/^https?:/, 'agentops_otlp_http_span_exporter'],
];

/** Drops of the exporter, by `error.type`; all others happen before it is asked. */
const EXPORTER_CAUSES = new Set(['rejected', 'unreachable', 'timeout', 'failed', 'unwritable']);

/** The convention's own word for it. */
const QUEUE_FULL = { 'queue-full': 'queue_full' } as Record<string, string>;

type Instruments = ReturnType<typeof createInstruments>;

let meter: Meter | undefined;
let duration: Histogram | undefined;
let watched: Pick<AgentOps, 'health'> | undefined;

/** Finds the instruments. A provider is asked for them once, whatever number of clients there is in turn. */
export function startSelfMetrics(): void {
  const found = metrics.getMeter('agentops', VERSION);
  if (found === meter) return;
  meter = found;
  const instruments = createInstruments(found);
  duration = instruments.duration;
  const report: BatchObservableCallback = result =>
    watched?.health().backends.forEach((backend, index) => reportBackend(result, instruments, { backend, index }));
  found.addBatchObservableCallback(report, [instruments.exported, instruments.processed, instruments.queueSize]);
}

/** Reports the client's figures from now on, also those it ended with. */
export function watchHealth(client: Pick<AgentOps, 'health'>): void {
  watched = client;
}

/** One attempt to export, which is not the last word on its spans. */
export function observeAttempt({ backend, durationMs, cause }: ExportAttempt): void {
  const index = watched?.health().backends.findIndex(each => each.backend === backend) ?? 0;
  duration?.record(durationMs / 1e3, { ...exporterAttributes(backend, index), ...(cause && { 'error.type': cause }) });
}

function createInstruments(from: Meter) {
  const spans = { unit: '{span}' };
  return {
    duration: from.createHistogram('otel.sdk.exporter.operation.duration', {
      unit: 's',
      description: 'How long one attempt to export a batch took.',
    }),
    exported: from.createObservableCounter('otel.sdk.exporter.span.exported', {
      ...spans,
      description: 'Spans that the backend has taken, or of which it is known that it will not.',
    }),
    processed: from.createObservableCounter('otel.sdk.processor.span.processed', {
      ...spans,
      description: 'Spans that were handed to the exporter, or dropped before.',
    }),
    queueSize: from.createObservableUpDownCounter('otel.sdk.processor.span.queue.size', {
      ...spans,
      description: 'Spans that wait, are on their way, or are kept for a later attempt.',
    }),
  };
}

function reportBackend(
  result: BatchObservableResult,
  { exported, processed, queueSize }: Instruments,
  { backend: { backend, delivered, pending, dropped }, index }: { backend: BackendHealth; index: number },
): void {
  const exporter = exporterAttributes(backend, index);
  const processor = component(PROCESSOR, index);
  result.observe(queueSize, pending, processor);
  result.observe(exported, delivered, exporter);
  let handedOver = delivered;
  for (const [cause, count] of Object.entries(dropped)) {
    const isExporters = EXPORTER_CAUSES.has(cause);
    if (isExporters) handedOver += count;
    const [instrument, attributes] = isExporters ? [exported, exporter] : [processed, processor];
    result.observe(instrument, count, { ...attributes, 'error.type': QUEUE_FULL[cause] ?? cause });
  }
  result.observe(processed, handedOver, processor);
}

/** Our own backends are named by their URL, any other exporter by its class. */
function exporterAttributes(backend: string, index: number): Attributes {
  const type = EXPORTERS.find(([name]) => name.test(backend))?.[1];
  if (!type) return component(backend, index);
  const { hostname, port, protocol } = new URL(backend);
  if (!hostname) return component(type, index);
  return {
    ...component(type, index),
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
  };
}

function component(type: string, index: number): Attributes {
  return { 'otel.component.type': type, 'otel.component.name': `${type}/${index}` };
}
