import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { diagnostics } from '../diagnostics.js';
import { SUCCESS } from './span-exporter.js';

/** One line per span as it ends, for development. */
export function createConsoleExporter(): SpanExporter {
  return {
    export(spans, done) {
      for (const span of spans) {
        const { traceId, spanId } = span.spanContext();
        const failed = span.status.code === 2 ? ` ERROR ${span.status.message ?? ''}` : '';
        const parent = span.parentSpanContext?.spanId ?? '-';
        const [seconds, nanos] = span.duration;
        const ms = (seconds * 1e3 + nanos / 1e6).toFixed(1);
        diagnostics.print(`${traceId} ${spanId} <- ${parent} ${span.name} ${ms} ms${failed}`);
      }
      done({ code: SUCCESS });
    },
    shutdown: () => Promise.resolve(),
  };
}
