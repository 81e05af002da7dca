import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

const START_MS = 1_760_000_000_123.456;

/** What the OpenTelemetry SDK makes of a small agent run: every part of a span that OTLP can carry. */
export function makeRealSpans(): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'planner', 'service.version': '1.2.3' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('agent', '0.1.0');
  const root = tracer.startSpan('POST /ask', {
    kind: SpanKind.SERVER,
    startTime: START_MS,
    attributes: { 'session.id': 's-1', ratio: 0.25, count: 42, ok: true, tags: ['a', 'ü', '日本'], sizes: [1, 2] },
  });
  const inRoot = trace.setSpan(context.active(), root);
  const other = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
  const options = {
    kind: SpanKind.CLIENT,
    startTime: START_MS + 10,
    links: [{ context: other, attributes: { reason: 'retry' } }],
  };
  const call = tracer.startSpan('chat gpt-4o', options, inRoot);
  call.addEvent('first chunk', { index: 0 }, START_MS + 12.5);
  call.setStatus({ code: SpanStatusCode.ERROR, message: 'rate limited' });
  call.end(START_MS + 20.75);
  root.setStatus({ code: SpanStatusCode.OK });
  root.end(START_MS + 30);
  return exporter.getFinishedSpans();
}

export interface Encoding {
  contentType: string;
  serialize(spans: ReadableSpan[]): Uint8Array<ArrayBuffer>;
}

export const json: Encoding = {
  contentType: 'application/json',
  serialize: spans => copy(JsonTraceSerializer.serializeRequest(spans)),
};

export const protobuf: Encoding = {
  contentType: 'application/x-protobuf',
  serialize: spans => copy(ProtobufTraceSerializer.serializeRequest(spans)),
};

/** `fetch` takes only bytes that are surely not shared memory. */
export function copy(bytes: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes ?? []);
}
