import type { Tracer } from '@opentelemetry/api';
import type { SpanProcessor, TracerConfig } from '@opentelemetry/sdk-trace-base';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { Attributes, FlushOptions, FlushResult, Health } from '../api.js';
import { sum } from '../export/tally.js';
import type { ExitHooks, MetricsPipeline, SdkTracerProvider } from '../platform.js';
import { MAX_TIMER_MS } from '../timers.js';
import { VERSION } from '../version.js';
import type { SpanQueue } from './batch.js';
import { readCounts } from './counters.js';
import { honourB3 } from './b3-sampler.js';
import { keepRandomFlag } from './random-flag.js';
import type { Sampling } from './sampling.js';

export interface TelemetryOptions {
  readonly createTracerProvider: (config: TracerConfig) => SdkTracerProvider;
  readonly resource: Attributes;
  readonly queues: readonly SpanQueue[];
  readonly processors: readonly SpanProcessor[];
  readonly sampling: Sampling;
  readonly metrics?: readonly MetricsPipeline[] | undefined;
}

const FLUSH_TIMEOUT_MS = 5_000;

/** The way of a span from its start to the backends. Knows nothing of sessions. */
export class TelemetryManager implements ExitHooks {
  readonly provider: SdkTracerProvider;
  readonly #queues: readonly SpanQueue[];
  readonly #sampling: Sampling;
  readonly #metrics: readonly MetricsPipeline[];

  constructor({ queues, createTracerProvider, resource, processors, sampling, metrics = [] }: TelemetryOptions) {
    this.#queues = queues;
    this.#sampling = sampling;
    this.#metrics = metrics;
    const provider = createTracerProvider({
      resource: defaultResource().merge(resourceFromAttributes(resource)),
      sampler: honourB3(sampling.sampler),
      spanProcessors: [...processors, ...metrics, ...(sampling.processors ?? []), ...queues],
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

  /** What is not delivered when the time is up is kept in a spool, or given up. */
  async shutdown(options: FlushOptions = {}): Promise<FlushResult> {
    this.#sampling.stop?.();
    await this.#settle(queue => queue.shutdown(), options);
    for (const queue of this.#queues) queue.leave(true);
    return this.#report();
  }

  health(): Health {
    return {
      backends: this.#queues.map(queue => queue.health()),
      propagation: readCounts(),
      ...this.#sampling.health?.(),
      ...this.#metrics[0]?.health(),
    };
  }

  leave(): void {
    for (const queue of this.#queues) queue.leave();
  }

  leaveSync(timeoutMs: number): void {
    const endMs = performance.now() + timeoutMs;
    this.#sampling.stop?.();
    // A backend that hangs leaves the others their share.
    this.#queues.forEach((queue, index) =>
      queue.leaveSync((endMs - performance.now()) / (this.#queues.length - index)),
    );
  }

  resume(): void {
    for (const queue of this.#queues) queue.resume();
  }

  async #settle(work: (part: SpanProcessor) => Promise<void>, { timeoutMs = FLUSH_TIMEOUT_MS }: FlushOptions) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<void>(resolve => {
      // `Infinity` means as long as it takes.
      timer = setTimeout(resolve, Math.min(timeoutMs, MAX_TIMER_MS));
    });
    await Promise.race([Promise.allSettled([...this.#queues, ...this.#metrics].map(work)), deadline]);
    clearTimeout(timer);
    return this.#report();
  }

  #report(): FlushResult {
    return sum(this.#queues.map(queue => queue.report()));
  }
}
