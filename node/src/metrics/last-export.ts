import { guard } from '@agentops/shared';
import type { OtlpMetricExporter } from '@agentops/shared/metrics/otlp-metric-exporter';
import type { MetricUse } from '@agentops/shared/metrics/shaped-meter';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { collectNow } from './collect-now.js';

interface Outlet {
  readonly exporter: OtlpMetricExporter;
  readonly reader: IMetricReader;
  /** Measurements there were when it was collected from last. */
  collected: number;
}

/** Sends what the end of a process finds not sent, or not even collected. */
export function createLastExport() {
  const use: MetricUse = { measurements: 0, isObserved: false };
  const outlets: Outlet[] = [];
  /** For what the toolkit says of itself alone no process is held up. */
  const isNews = ({ collected }: Outlet) => use.isObserved || use.measurements > collected;
  return {
    use,
    onOtlp(exporter: OtlpMetricExporter, reader: IMetricReader): void {
      const outlet = { exporter, reader, collected: 0 };
      outlets.push(outlet);
      const collect = reader.collect.bind(reader);
      reader.collect = options => {
        outlet.collected = use.measurements;
        return collect(options);
      };
    },
    leaveSync(timeoutMs: number): void {
      const endMs = performance.now() + timeoutMs;
      outlets.forEach((outlet, index) => {
        const metrics = isNews(outlet) ? guard('collecting metrics', () => collectNow(outlet.reader)) : undefined;
        // One that hangs leaves the others their share.
        outlet.exporter.leaveSync(metrics, (endMs - performance.now()) / (outlets.length - index));
      });
    },
  };
}
