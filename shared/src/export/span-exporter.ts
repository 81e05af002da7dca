import type { ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { diagnostics } from '../diagnostics.js';
import { startTimer } from '../timers.js';
import type { Backend, Batch, Failure, Taken } from './backend.js';

interface SpanBatch extends Batch {
  readonly spans: ReadableSpan[];
}

/** Without an import: an app with another SDK gets none of this one. */
export const SUCCESS: ExportResultCode.SUCCESS = 0;

/** What a span of some attributes takes in memory, about. */
const BYTES_PER_SPAN = 2_000;

/**
 * Any OpenTelemetry exporter as a backend. It decides about retries itself: what it reports as failed is given up.
 * @param timeoutMs how long it may take to answer
 * @param isShared whether it goes on without this backend
 */
export function createExporterBackend(exporter: SpanExporter, timeoutMs: number, isShared = false): Backend<SpanBatch> {
  return {
    name: exporter.constructor.name,
    // The specification of `SpanExporter`: never called concurrently for the same instance.
    maxInFlight: 1,
    maxInFlightBytes: Infinity,
    pack: spans => [{ id: '', count: spans.length, bytes: spans.length * BYTES_PER_SPAN, spans: [...spans] }],
    send: ({ spans }) => attempt(exporter, spans, timeoutMs),
    flush: async () => {
      try {
        await exporter.forceFlush?.();
      } catch (error) {
        diagnostics.warn('exporter-flush', 'an exporter could not flush; the app goes on', error);
      }
    },
    shutdown: async () => (isShared ? exporter.forceFlush?.() : exporter.shutdown()),
  };
}

function attempt(exporter: SpanExporter, spans: ReadableSpan[], timeoutMs: number): Promise<Taken | Failure> {
  return new Promise(resolve => {
    const fail = (error: unknown, cause = 'failed') => resolve({ cause, error });
    const timer = startTimer(() => fail(new Error('the exporter did not answer'), 'timeout'), timeoutMs);
    const answer = (result: ExportResult | undefined) => {
      clearTimeout(timer);
      if (result?.code === SUCCESS) resolve({ rejected: 0 });
      else fail(result?.error ?? new Error('the exporter gave no reason'));
    };
    try {
      const exported: unknown = exporter.export(spans, answer);
      // An async function may stand there, and its rejection would go unhandled.
      Promise.resolve(exported).catch(fail);
    } catch (error) {
      fail(error);
    }
  });
}
