/* oxlint-disable no-restricted-imports -- the bytes show only from within */

import { ROOT_CONTEXT, SpanKind, trace, TraceFlags, type Span } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { PbfReader, PbfWriter } from 'pbf';
import { describe, expect, it } from 'vitest';
import { otlpProtobufSerializer } from '../../node/src/exporters/otlp-protobuf.js';

/** Which fields are messages, of opentelemetry/proto/trace/v1 and common/v1; all others are kept as they are. */
type Schema = { readonly [field: number]: Schema };
const anyValue: Schema = {};
const keyValue: Schema = { 2: anyValue };
Object.assign(anyValue, { 5: { 1: anyValue }, 6: { 1: keyValue } });
const event: Schema = { 3: keyValue };
const link: Schema = { 4: keyValue };
const span: Schema = { 9: keyValue, 11: event, 13: link, 15: {} };
const request: Schema = { 1: { 1: { 1: keyValue }, 2: { 1: { 3: keyValue }, 2: span } } };

type Tree = Record<string, unknown[]>;

/** What a message says, defaults left out where they say nothing. */
function decode(bytes: Uint8Array, schema: Schema = request): Tree {
  return new PbfReader(bytes).readFields((field, tree, reader) => {
    const value = read(reader, schema[field]);
    const isSaid = schema === anyValue || !isDefault(value);
    if (isSaid) (tree[field] ??= []).push(value);
  }, {} as Tree);
}

function read(reader: PbfReader, schema: Schema | undefined): unknown {
  if (reader.type === 0) return reader.readVarint(true);
  if (reader.type === 1) return Buffer.from([...Array(8)].map(() => reader.buf[reader.pos++] ?? 0)).toString('hex');
  if (reader.type === 5) return reader.readFixed32();
  const bytes = reader.readBytes();
  return schema ? decode(bytes, schema) : Buffer.from(bytes).toString('latin1');
}

function isDefault(value: unknown): boolean {
  return value === 0 || value === '' || (typeof value === 'object' && Object.keys(value as object).length === 0);
}

const ours = (spans: ReadableSpan[]) => otlpProtobufSerializer.serializeRequest(spans) ?? new Uint8Array();
const theirs = (spans: ReadableSpan[]) => ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array();

function createTracer(service: string, scope = 'tests') {
  const resource = resourceFromAttributes(
    { 'service.name': service, 'process.pid': 7 },
    { schemaUrl: 'https://a.test/1' },
  );
  return new BasicTracerProvider({ resource }).getTracer(scope, '1.0', { schemaUrl: 'https://a.test/2' });
}

const tracer = createTracer('shop');
const end = (started: Span) => {
  started.end();
  return started as unknown as ReadableSpan;
};
const work = (attributes: Record<string, unknown> = {}) =>
  end(tracer.startSpan('work', { attributes: attributes as never }));
const withAttributes = (attributes: object) => Object.assign(Object.create(work()) as ReadableSpan, { attributes });

function everything(): ReadableSpan {
  const remote = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
    isRemote: true,
  };
  const linked = { ...tracer.startSpan('linked').spanContext(), isRemote: true };
  const started = tracer.startSpan(
    'everything',
    {
      kind: SpanKind.SERVER,
      attributes: {
        text: 'ä"\n\u{1F600}',
        long: 'x'.repeat(20_000),
        whole: -7,
        large: 2 ** 40,
        part: 0.5,
        yes: true,
        no: false,
        zero: 0,
        texts: ['a', ''],
        none: [],
      },
      links: [{ context: linked, attributes: { why: 'because' } }, { context: { ...linked, isRemote: false } }],
    },
    trace.setSpanContext(ROOT_CONTEXT, { ...remote, traceFlags: TraceFlags.SAMPLED }),
  );
  started.addEvent('noted', { at: 1 }).addEvent('bare');
  for (let index = 0; index < 130; index++) started.setAttribute(`a${index}`, index).addEvent('more');
  started.setStatus({ code: 2, message: 'no' });
  return end(started);
}

describe('OTLP in protobuf', () => {
  it.each<[string, () => ReadableSpan[]]>([
    ['a bare span', () => [work()]],
    ['a span with everything', () => [everything()]],
    [
      'spans of several resources and scopes',
      () => [
        work(),
        end(createTracer('shop', 'other').startSpan('x')),
        end(createTracer('till').startSpan('y')),
        work(),
      ],
    ],
    ['many spans', () => Array.from({ length: 2_000 }, (_, index) => work({ index }))],
    ['nothing', () => []],
    [
      'times to the nanosecond',
      () => [
        Object.assign(Object.create(work()) as ReadableSpan, {
          startTime: [1_700_000_000, 5],
          endTime: [4_294_967_295, 999_999_999],
        }),
      ],
    ],
    [
      'the values of spans of OpenTelemetry 3.x',
      () => [withAttributes({ map: { a: 1, b: ['x', { c: null }] }, bytes: new Uint8Array([1, 2, 255]), none: null })],
    ],
    ['NaN and infinities', () => [withAttributes({ a: NaN, b: Infinity, c: -Infinity, d: 1e300 })]],
    ['half a character', () => [withAttributes({ half: 'a\uD800', other: '\uDC00b' })]],
  ])('of %s means what OpenTelemetry writes', (_title, make) => {
    const spans = make();
    expect(decode(ours(spans))).toEqual(decode(theirs(spans)));
  });

  it('takes no more room than OpenTelemetry', () => {
    const spans = Array.from({ length: 100 }, () => work({ 'gen_ai.request.model': 'gpt-4o-mini' }));
    expect(ours(spans).byteLength).toBeLessThanOrEqual(theirs(spans).byteLength);
  });

  it('writes what a number cannot hold exactly as a double', () => {
    const written = decode(ours([withAttributes({ large: 2 ** 53 })]));
    const hex = Buffer.from(new Float64Array([2 ** 53]).buffer).toString('hex');
    expect(JSON.stringify(written)).toContain(`{"4":["${hex}"]}`);
  });

  it('fails for what has no end, so that the span is counted and the others go on', () => {
    const endless: Record<string, unknown> = {};
    endless['itself'] = endless;
    expect(() => ours([withAttributes(endless)])).toThrow(RangeError);
  });
});

describe('the answer of a backend', () => {
  const answer = (write: (writer: PbfWriter) => void) => {
    const writer = new PbfWriter();
    write(writer);
    return otlpProtobufSerializer.deserializeResponse(writer.finish());
  };

  it('says how many spans were rejected, and why', () => {
    const partial = (_: undefined, writer: PbfWriter) => {
      writer.writeVarintField(1, 3);
      writer.writeStringField(2, 'too old');
    };
    expect(answer(writer => writer.writeMessage(1, partial, undefined))).toEqual({
      partialSuccess: { rejectedSpans: 3, errorMessage: 'too old' },
    });
  });

  it.each<[string, (writer: PbfWriter) => void]>([
    ['is empty', () => {}],
    ['has fields that nobody knows', writer => writer.writeStringField(9, 'x')],
  ])('that %s says nothing', (_title, write) => {
    expect(answer(write)).toEqual({});
  });
});
