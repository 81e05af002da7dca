import { describe, it, expect } from '#runner';
import { otlpJsonSerializer } from '@agentops/shared/export/otlp-json';
import { ROOT_CONTEXT, SpanKind, trace, TraceFlags, type Span } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';

type Json = Record<string, unknown>;

function createProvider(service: string) {
  return new BasicTracerProvider({ resource: resourceFromAttributes({ 'service.name': service, 'process.pid': 7 }) });
}

const tracer = createProvider('shop').getTracer('tests', '1.0');
const end = (span: Span): ReadableSpan => {
  span.end();
  return span as unknown as ReadableSpan;
};
const work = (attributes: Record<string, unknown> = {}) =>
  end(tracer.startSpan('work', { attributes: attributes as never }));

function serialize(...spans: ReadableSpan[]): { resourceSpans: { resource: Json; scopeSpans: { spans: Json[] }[] }[] } {
  return JSON.parse(new TextDecoder().decode(otlpJsonSerializer.serializeRequest(spans))) as never;
}

const firstSpan = (span: ReadableSpan) => serialize(span).resourceSpans[0]?.scopeSpans[0]?.spans[0] ?? {};

/** What a receiver makes of it: defaults filled in are defaults left out, and an integer is one in either form. */
function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaning);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    key === 'intValue' ? String(item) : meaning(item),
  ]) as [string, unknown][];
  return Object.fromEntries(entries.filter(([key, item]) => !(isDefault(item) && !key.endsWith('Value'))));
}

function isDefault(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === 0;
}

const linked = () => tracer.startSpan('linked').spanContext();

function everything(): ReadableSpan {
  const parent = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 3,
    isRemote: true,
  };
  const span = tracer.startSpan(
    'everything',
    {
      kind: SpanKind.SERVER,
      attributes: {
        text: 'ä"\n\u{1F600}',
        whole: -7,
        part: 0.5,
        yes: true,
        no: false,
        zero: 0,
        texts: ['a', ''],
        none: [],
      },
      links: [{ context: linked(), attributes: { why: 'because' } }],
    },
    trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: TraceFlags.SAMPLED }),
  );
  span.addEvent('noted', { at: 1 }).addEvent('bare');
  span.recordException(new Error('no'));
  span.setStatus({ code: 2, message: 'no' });
  return end(span);
}

describe('OTLP in JSON', () => {
  it.each<[string, () => ReadableSpan[]]>([
    ['a bare span', () => [work()]],
    ['a span with everything', () => [everything()]],
    ['spans of several scopes', () => [work(), end(createProvider('shop').getTracer('other').startSpan('x')), work()]],
    ['nothing', () => []],
  ])('of %s means what OpenTelemetry writes', (_title, make) => {
    const spans = make();
    const theirs: unknown = JSON.parse(new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans)));
    expect(meaning(serialize(...spans))).toEqual(meaning(theirs));
  });

  it('keeps the resources apart', () => {
    const other = end(createProvider('till').getTracer('tests').startSpan('x'));
    const services = serialize(work(), other, work()).resourceSpans.map(({ resource, scopeSpans }) => [
      JSON.stringify(resource).includes('till'),
      scopeSpans[0]?.spans.length,
    ]);
    expect(services).toEqual([
      [false, 2],
      [true, 1],
    ]);
  });

  it.each<[number, Json]>([
    [NaN, { doubleValue: 'NaN' }],
    [Infinity, { doubleValue: 'Infinity' }],
    [-Infinity, { doubleValue: '-Infinity' }],
    [1e300, { doubleValue: 1e300 }],
    [2 ** 53, { doubleValue: 2 ** 53 }],
    [2 ** 53 - 1, { intValue: '9007199254740991' }],
    [-0, { intValue: '0' }],
    [0.1, { doubleValue: 0.1 }],
  ])('writes the number %d as a receiver can read it', (value, expected) => {
    expect(firstSpan(work({ value }))['attributes']).toEqual([{ key: 'value', value: expected }]);
  });

  it('writes times to the nanosecond', () => {
    const span = {
      ...work(),
      spanContext: linked,
      startTime: [1_700_000_000, 5],
      endTime: [1_700_000_001, 999_999_999],
    };
    expect(firstSpan(span as never)).toMatchObject({
      startTimeUnixNano: '1700000000000000005',
      endTimeUnixNano: '1700000001999999999',
    });
  });

  it('takes less room than OpenTelemetry', () => {
    const spans = Array.from({ length: 100 }, () => work({ 'gen_ai.request.model': 'gpt-4o-mini' }));
    const [ours, theirs] = [otlpJsonSerializer, JsonTraceSerializer].map(
      serializer => serializer.serializeRequest(spans)?.byteLength ?? 0,
    );
    expect((ours ?? 0) < 0.85 * (theirs ?? 0)).toBe(true);
  });
});

describe('the values that spans of OpenTelemetry 3.x may have', () => {
  it.each([
    [
      { a: 1, b: ['x'] },
      {
        kvlistValue: {
          values: [
            { key: 'a', value: { intValue: '1' } },
            { key: 'b', value: { arrayValue: { values: [{ stringValue: 'x' }] } } },
          ],
        },
      },
    ],
    [new Uint8Array([104, 105, 255]), { bytesValue: 'aGn/' }],
    [null, {}],
  ])('%j are written as the protocol has them', (value, expected) => {
    const span = Object.assign(Object.create(work()) as ReadableSpan, { attributes: { value } });
    expect(firstSpan(span)['attributes']).toEqual([{ key: 'value', value: expected }]);
  });
});
