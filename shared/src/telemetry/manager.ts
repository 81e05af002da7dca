import type { Tracer } from '@opentelemetry/api';
import type { BasicTracerProvider, SpanExporter, SpanProcessor, TracerConfig } from '@opentelemetry/sdk-trace-base';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { Attributes, FlushOptions, FlushResult } from '../api.js';
import { BatchQueue, type BatchOptions } from './batch.js';
import { VERSION } from '../version.js';
import { keepRandomFlag } from './random-flag.js';

export interface TelemetryOptions {
  readonly createTracerProvider: (config: TracerConfig) => BasicTracerProvider;
  readonly resource: Attributes;
  readonly exporters: readonly SpanExporter[];
  readonly processors: readonly SpanProcessor[];
  readonly batch: BatchOptions;
}

const FLUSH_TIMEOUT_MS = 5_000;

/** Timers hold no more, and fire at once when told to: `Infinity` means as long as it takes. */
const MAX_TIMER_MS = 2_147_483_647;

/** The way of a span from its start to the backends. Knows nothing of sessions. */
export class TelemetryManager {
  readonly provider: BasicTracerProvider;
  readonly #queues: BatchQueue[];

  constructor(options: TelemetryOptions) {
    this.#queues = options.exporters.map(exporter => new BatchQueue(exporter, options.batch));
    const provider = options.createTracerProvider({
      resource: defaultResource().merge(resourceFromAttributes(options.resource)),
      spanProcessors: [...options.processors, ...this.#queues],
    });
    this.provider = keepRandomFlag(provider);
  }

  get tracer(): Tracer {
    return this.provider.getTracer('agentops', VERSION);
  }

  /** Resolves with what became of the spans so far, at the latest after `timeoutMs`. */
  flush(options: FlushOptions = {}): Promise<FlushResult> {
    return this.#settle(queue => queue.forceFlush(), options);
  }

  shutdown(options: FlushOptions = {}): Promise<FlushResult> {
    return this.#settle(queue => queue.shutdown(), options);
  }

  async #settle(work: (queue: BatchQueue) => Promise<void>, { timeoutMs = FLUSH_TIMEOUT_MS }: FlushOptions) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<void>(resolve => {
      timer = setTimeout(resolve, Math.min(timeoutMs, MAX_TIMER_MS));
    });
    await Promise.race([Promise.allSettled(this.#queues.map(work)), deadline]);
    clearTimeout(timer);
    return sum(this.#queues.map(queue => queue.report()));
  }
}

function sum(reports: FlushResult[]): FlushResult {
  const total: FlushResult = { delivered: 0, pending: 0, dropped: {} };
  for (const report of reports) {
    total.delivered += report.delivered;
    total.pending += report.pending;
    for (const [cause, count] of Object.entries(report.dropped))
      total.dropped[cause] = (total.dropped[cause] ?? 0) + count;
  }
  return total;
}
