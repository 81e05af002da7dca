import { guard } from '@agentops/shared';
import type { MetricOutlet, MetricsHost } from '@agentops/shared/metrics/create-metrics';
import type { MetricBackend } from '@agentops/shared/metrics/metric-backend';
import { collectNow } from './collect-now.js';
import { watchMeters, type MetricUse } from './watch-meters.js';

export interface NodeMetricBackend extends MetricBackend {
  /** In the last turn of a process, all of them within `timeoutMs`; returns which were taken. */
  sendSync(bodies: readonly Uint8Array<ArrayBuffer>[], timeoutMs: number): readonly boolean[];
}

interface Watched extends MetricOutlet {
  readonly backend: NodeMetricBackend;
  /** Measurements there were when it was collected from last. */
  collected: number;
}

export interface LastExport extends Required<Pick<MetricsHost, 'watch' | 'onOutlet'>> {
  leaveSync(timeoutMs: number): void;
}

/** Sends what the end of a process finds not sent, or not even collected. */
export function createLastExport(): LastExport {
  const use: MetricUse = { measurements: 0, isObserved: false };
  const outlets: Watched[] = [];
  /** For what the toolkit says of itself alone no process is held up. */
  const isNews = ({ collected }: Watched) => use.isObserved || use.measurements > collected;
  return {
    watch: provider => watchMeters(provider, use),
    onOutlet({ reader, exporter, backend }) {
      const outlet: Watched = { reader, exporter, backend: backend as NodeMetricBackend, collected: 0 };
      outlets.push(outlet);
      const collect = reader.collect.bind(reader);
      reader.collect = options => {
        outlet.collected = use.measurements;
        return collect(options);
      };
    },
    leaveSync(timeoutMs) {
      const endMs = performance.now() + timeoutMs;
      outlets.forEach((outlet, index) => {
        const metrics = isNews(outlet) ? guard('collecting metrics', () => collectNow(outlet.reader)) : undefined;
        // One that hangs leaves the others their share.
        send(outlet, metrics, (endMs - performance.now()) / (outlets.length - index));
      });
    },
  };
}

function send({ exporter, backend }: Watched, metrics: ReturnType<typeof collectNow> | undefined, timeoutMs: number) {
  const waiting = exporter.takeAll(metrics);
  const taken = backend.sendSync(
    waiting.map(({ body }) => body),
    timeoutMs,
  );
  waiting.forEach((each, index) => {
    if (taken[index]) exporter.ledger.settle(each, { rejected: 0 });
    else exporter.ledger.drop('unreachable', each.points);
  });
}
