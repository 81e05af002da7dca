import { hrTimeToMilliseconds, ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { diagnostics } from '../diagnostics.js';

/** One line per span as it ends, for development. */
export function createConsoleExporter(): SpanExporter {
  return {
    export(spans, done) {
      for (const span of spans) {
        const { traceId, spanId } = span.spanContext();
        const failed = span.status.code === 2 ? ` ERROR ${span.status.message ?? ''}` : '';
        const parent = span.parentSpanContext?.spanId ?? '-';
        const ms = hrTimeToMilliseconds(span.duration).toFixed(1);
        diagnostics.print(`${traceId} ${spanId} <- ${parent} ${span.name} ${ms} ms${failed}`);
      }
      done({ code: ExportResultCode.SUCCESS });
    },
    shutdown: () => Promise.resolve(),
  };
}
