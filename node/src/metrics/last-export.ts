import { guard, type ExitRequest, type LastSend } from '@agentops/shared';
import type { MetricOutlet, MetricsHost } from '@agentops/shared/metrics/create-metrics';
import type { MetricBackend } from '@agentops/shared/metrics/metric-backend';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { EXIT_DEADLINE_MS } from '../process-exit.js';
import { collectNow } from './collect-now.js';
import { watchMeters, type MetricUse } from './watch-meters.js';

export interface NodeMetricBackend extends MetricBackend {
  /** For the last turn of a process. */
  toExitRequest(body: Uint8Array<ArrayBuffer>): ExitRequest;
}

interface Watched extends MetricOutlet {
  readonly backend: NodeMetricBackend;
  /** Measurements there were when it was collected from last. */
  collected: number;
  /** What was collected, while the SDK keeps it from the queue until the resource is known. */
  held: ResourceMetrics | undefined;
  /** When a flush was last over. */
  flushedMs: number;
}

export interface LastExport extends Required<Pick<MetricsHost, 'watch' | 'onOutlet'>> {
  leaveSync(): readonly LastSend[];
}

/** Has sent what the end of a process finds not sent, or not even collected. */
export function createLastExport(): LastExport {
  const use: MetricUse = { measurements: 0, isObserved: false };
  const outlets: Watched[] = [];
  /** For what the toolkit says of itself alone no process is held up, nor for what was observed by the flush that is part of its end. */
  const isNews = ({ collected, flushedMs }: Watched) =>
    use.measurements > collected || (use.isObserved && performance.now() - flushedMs > EXIT_DEADLINE_MS);
  return {
    watch: provider => watchMeters(provider, use),
    onOutlet({ reader, exporter, backend }) {
      const outlet: Watched = {
        reader,
        exporter,
        backend: backend as NodeMetricBackend,
        collected: 0,
        held: undefined,
        flushedMs: -Infinity,
      };
      outlets.push(outlet);
      watchOutlet(outlet, use);
    },
    leaveSync: () =>
      outlets.map(outlet => {
        const { held } = outlet;
        const latest = isNews(outlet) ? guard('collecting metrics', () => collectNow(outlet.reader)) : undefined;
        return lastSend(outlet, [held, latest]);
      }),
  };
}

/** Keeps `outlet` up to date with what becomes of measurements on their way to its queue. */
function watchOutlet(outlet: Watched, use: MetricUse): void {
  const { reader, exporter } = outlet;
  const collect = reader.collect.bind(reader);
  reader.collect = async options => {
    const { measurements } = use;
    const result = await collect(options);
    outlet.collected = measurements;
    outlet.held = result.resourceMetrics;
    return result;
  };
  const enqueue = exporter.export.bind(exporter);
  exporter.export = (metrics, done) => {
    outlet.held = undefined;
    enqueue(metrics, done);
  };
  const flush = reader.forceFlush.bind(reader);
  reader.forceFlush = async options => {
    await flush(options);
    outlet.flushedMs = performance.now();
  };
}

function lastSend(
  { exporter: { queue, ledger }, backend }: Watched,
  unqueued: readonly (ResourceMetrics | undefined)[],
): LastSend {
  for (const metrics of unqueued) if (metrics?.scopeMetrics.length) queue.put(metrics);
  const waiting = ledger.isRefused() ? [] : queue.takeAll();
  return {
    requests: waiting.map(({ body }) => backend.toExitRequest(body)),
    settle: taken =>
      waiting.forEach((each, index) => {
        if (taken[index]) ledger.settle(each, { rejected: 0 });
        else ledger.drop('unreachable', each.points);
      }),
  };
}
