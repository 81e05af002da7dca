import type { Tracer } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { FlushOptions, FlushResult, Health } from '../api.js';
import type { ExitHooks, MetricsPipeline, SdkTracerProvider } from '../platform.js';
import type { LastSend } from '../export/last-send.js';
import { sum } from '../export/tally.js';
import { MAX_TIMER_MS } from '../timers.js';
import { VERSION } from '../version.js';
import { readCounts } from './counters.js';
import type { ResourceAttributes } from './detectors.js';
import type { ProviderConfig } from './provider-config.js';
import { samplerOfProvider } from './provider-sampler.js';
import { keepRandomFlag } from './random-flag.js';
import type { Routes } from './routes.js';
import type { Sampling } from './sampling.js';

export interface TelemetryOptions {
  readonly createTracerProvider: (config: ProviderConfig) => SdkTracerProvider;
  readonly resource: ResourceAttributes;
  readonly routes: Routes;
  readonly processors: readonly SpanProcessor[];
  readonly sampling: Sampling;
  readonly metrics?: readonly MetricsPipeline[] | undefined;
}

const FLUSH_TIMEOUT_MS = 5_000;

/** The way of a span from its start to the backends. Knows nothing of sessions. */
export class TelemetryManager implements ExitHooks {
  readonly provider: SdkTracerProvider;
  readonly #routes: Routes;
  readonly #sampling: Sampling;
  readonly #metrics: readonly MetricsPipeline[];

  constructor({ routes, createTracerProvider, resource, processors, sampling, metrics = [] }: TelemetryOptions) {
    this.#routes = routes;
    this.#sampling = sampling;
    this.#metrics = metrics;
    const provider = createTracerProvider({
      resource,
      sampler: samplerOfProvider(sampling.sampler, metrics),
      spanProcessors: [...processors, ...metrics, ...(sampling.processors ?? []), ...routes.processors],
    });
    this.provider = keepRandomFlag(provider);
  }

  get tracer(): Tracer {
    return this.provider.getTracer('agentops', VERSION);
  }

  /** Resolves with what became of the spans so far, at the latest after `timeoutMs`. */
  flush(options: FlushOptions = {}): Promise<FlushResult> {
    return this.#settle(each => each.forceFlush(), options);
  }

  /**
   * What is not delivered when the time is up is kept in a spool, or given up.
   * @param others what else has the same time
   */
  async shutdown(options: FlushOptions = {}, others?: Promise<unknown>): Promise<FlushResult> {
    this.#sampling.stop?.();
    await this.#settle(each => each.shutdown(), options, others);
    for (const queue of this.#routes.queues) queue.leave(true);
    return this.#report();
  }

  health(): Health {
    return {
      backends: this.#routes.queues.map(queue => queue.health()),
      propagation: readCounts(),
      ...this.#routes.health?.(),
      ...this.#sampling.health?.(),
      ...this.#metrics[0]?.health(),
    };
  }

  leave(): void {
    for (const queue of this.#routes.queues) queue.leave();
  }

  leaveSync(): readonly LastSend[] {
    this.#sampling.stop?.();
    return [...this.#routes.queues, ...this.#metrics].flatMap(each => each.leaveSync?.() ?? []);
  }

  resume(): void {
    for (const queue of this.#routes.queues) queue.resume();
  }

  async #settle(
    work: (each: SpanProcessor) => Promise<void>,
    { timeoutMs = FLUSH_TIMEOUT_MS }: FlushOptions,
    others?: Promise<unknown>,
  ) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<void>(resolve => {
      // `Infinity` means as long as it takes.
      timer = setTimeout(resolve, Math.min(timeoutMs, MAX_TIMER_MS));
    });
    const parts = [...this.#routes.processors, ...this.#metrics];
    await Promise.race([Promise.allSettled([others, ...parts.map(work)]), deadline]);
    clearTimeout(timer);
    return this.#report();
  }

  #report(): FlushResult {
    const { past, queues } = this.#routes;
    return sum([...(past ? [past] : []), ...queues.map(queue => queue.report())]);
  }
}
