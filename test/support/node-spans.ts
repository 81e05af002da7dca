import type { AttributeValue, HrTime, SpanContext, SpanKind, SpanStatus } from '@opentelemetry/api';
import { flush, init, shutdown, type InitOptions } from '@agentops/node';
import { expect, vi } from 'vitest';

/** The little of an ended span that tests look at. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Record<string, AttributeValue | undefined>;
  readonly status: SpanStatus;
  readonly duration: HrTime;
  readonly events: readonly { name: string; attributes?: Record<string, unknown> }[];
  readonly parentSpanContext?: SpanContext;
  spanContext(): SpanContext;
}

export interface Recorder {
  readonly spans: EndedSpan[];
  /** The one ended span of that name, waited for. */
  span(name: string): Promise<EndedSpan>;
  /** That many ended spans of that name, waited for. */
  all(name: string, count: number): Promise<EndedSpan[]>;
  stop(): Promise<void>;
}

/** Starts the toolkit with an exporter that keeps what it gets. */
export function record(options: InitOptions = {}): Recorder {
  const spans: EndedSpan[] = [];
  const exporter = {
    export(batch: EndedSpan[], done: (result: { code: number }) => void) {
      spans.push(...batch);
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
  init({ serviceName: 'test', ...options, telemetry: { ...options.telemetry, exporters: [exporter] } });
  const all = (name: string, count: number) =>
    waitFor(async () => {
      await flush();
      const found = spans.filter(span => span.name === name);
      expect(
        found.map(span => span.name),
        `among ${spans.map(span => span.name).join(', ')}`,
      ).toHaveLength(count);
      return found;
    });
  return {
    spans,
    all,
    span: async name => (await all(name, 1))[0] as EndedSpan,
    stop: async () => {
      await shutdown();
    },
  };
}

/** Waits until `check` does not throw. */
export function waitFor<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 5_000, interval: 5 });
}

export function idsOf(span: EndedSpan): { traceId: string; spanId: string; parent: string | undefined } {
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId, parent: span.parentSpanContext?.spanId };
}
