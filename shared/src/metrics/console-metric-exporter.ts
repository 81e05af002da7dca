import { ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { diagnostics } from '../diagnostics.js';
import { temporalityOf } from './temporality.js';
import type { Temporality } from './options.js';

/** For development: a line for each time series, such as `llm.tokens.total{gen_ai.token.type=input} 12 {token}`. */
export function createConsoleMetricExporter(temporality: Temporality): PushMetricExporter {
  return {
    export({ scopeMetrics }, done) {
      const lines = scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
          dataPoints.map(point => `${name}${show(point.attributes)} ${valueOf(point.value)} ${unit}`.trimEnd()),
        ),
      );
      if (lines.length) diagnostics.print(lines.join('\n'));
      done({ code: ExportResultCode.SUCCESS });
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
    selectAggregationTemporality: temporalityOf(temporality),
  };
}

function show(attributes: object): string {
  const pairs = Object.entries(attributes).map(([name, value]) => `${name}=${String(value)}`);
  return pairs.length ? `{${pairs.join(', ')}}` : '';
}

/** A histogram as the number of its values and their mean. */
function valueOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const { count = 0, sum = 0 } = value as { count?: number; sum?: number };
  return `${count} x ${count ? Number((sum / count).toPrecision(3)) : 0}`;
}
