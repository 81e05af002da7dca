import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { MemorySpan } from '../config/exporter-options.js';

const MAX_SPANS = 10_000;

/**
 * Keeps ended spans, for tests of apps.
 * @param spans where they go
 * @param maxSpans the oldest go first
 */
export function createMemoryExporter(spans: MemorySpan[] = [], maxSpans = MAX_SPANS): SpanExporter {
  return {
    export(ended, done) {
      // One by one: a batch may have more spans than a call arguments.
      for (const span of ended) spans.push(span);
      spans.splice(0, spans.length - maxSpans);
      done({ code: ExportResultCode.SUCCESS });
    },
    shutdown: () => Promise.resolve(),
  };
}
