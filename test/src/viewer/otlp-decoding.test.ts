import { PbfWriter } from 'pbf';
import { describe, expect, it } from 'vitest';
import { decodeJsonTraces } from '../../../src/viewer/receiver/otlp-json.js';
import { decodeProtobufTraces } from '../../../src/viewer/receiver/otlp-protobuf.js';
import { makeRealSpans, protobuf } from './real-spans.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

function decodeSpan(span: object) {
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: TRACE, spanId: SPAN, ...span }] }] }] };
  return decodeJsonTraces(Buffer.from(JSON.stringify(request)));
}

function decodeValue(value: unknown) {
  return decodeSpan({ attributes: [{ key: 'it', value }] }).spans[0]?.attributes['it'];
}

describe('OTLP JSON', () => {
  it.each([
    ['a string', { stringValue: 'x' }, 'x'],
    ['an empty string', { stringValue: '' }, ''],
    ['false', { boolValue: false }, false],
    ['an integer as a string', { intValue: '-7' }, -7],
    ['an integer as a number', { intValue: 7 }, 7],
    ['an integer that a number would round', { intValue: '9223372036854775807' }, '9223372036854775807'],
    ['a double', { doubleValue: 0.5 }, 0.5],
    ['NaN', { doubleValue: 'NaN' }, 'NaN'],
    ['bytes', { bytesValue: 'AQID' }, 'AQID'],
    ['a list', { arrayValue: { values: [{ intValue: 1 }, { stringValue: 'b' }] } }, [1, 'b']],
    ['a map', { kvlistValue: { values: [{ key: 'a', value: { boolValue: true } }] } }, { a: true }],
    ['nothing', {}, null],
  ])('reads %s', (_name, value, expected) => {
    expect(decodeValue(value)).toEqual(expected);
  });

  it('takes ids in upper case and in base64', () => {
    const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
    expect(decodeSpan({ traceId: TRACE.toUpperCase() }).spans[0]?.traceId).toBe(TRACE);
    const { spans } = decodeSpan({ traceId: base64(TRACE), spanId: base64(SPAN) });
    expect(spans[0]).toMatchObject({ traceId: TRACE, spanId: SPAN });
  });

  it.each([
    ['all zeros', '0'.repeat(32)],
    ['too long', 'a'.repeat(10_000_000)],
    ['not hex', 'z'.repeat(32)],
    ['a number', 12],
  ])('rejects a trace id that is %s', (_name, traceId) => {
    expect(decodeSpan({ traceId })).toEqual({ spans: [], rejected: 1 });
  });

  it('refuses a time of a million digits at once', () => {
    expect(() => decodeSpan({ startTimeUnixNano: '9'.repeat(1_000_000) })).toThrow('nanoseconds');
  });

  it('keeps the key __proto__ an ordinary key', () => {
    const [span] = decodeSpan({ attributes: [{ key: '__proto__', value: { stringValue: 'x' } }] }).spans;
    expect(Object.keys(span?.attributes ?? {})).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('refuses values nested deeper than 32 levels', () => {
    const nest = (levels: number): object =>
      levels === 1 ? { intValue: 1 } : { arrayValue: { values: [nest(levels - 1)] } };
    expect(decodeValue(nest(32))).toBeInstanceOf(Array);
    expect(() => decodeValue(nest(33))).toThrow('deeper than 32');
  });
});

describe('OTLP protobuf', () => {
  /** A request with one span that has one attribute, whose value `write` writes. */
  function encode(write: (writer: PbfWriter) => void): Uint8Array {
    const writer = new PbfWriter();
    const nest = (field: number, inner: () => void) => writer.writeMessage(field, inner, undefined);
    nest(1, () =>
      nest(2, () =>
        nest(2, () => {
          writer.writeBytesField(1, Buffer.from(TRACE, 'hex'));
          writer.writeBytesField(2, Buffer.from(SPAN, 'hex'));
          nest(9, () => {
            writer.writeStringField(1, 'it');
            nest(2, () => write(writer));
          });
        }),
      ),
    );
    return writer.finish();
  }

  function decode(write: (writer: PbfWriter) => void): unknown {
    return decodeProtobufTraces(encode(write)).spans[0]?.attributes['it'];
  }

  it.each<[string, (writer: PbfWriter) => void, unknown]>([
    ['a string', writer => writer.writeStringField(1, 'größer'), 'größer'],
    ['true', writer => writer.writeBooleanField(2, true), true],
    ['a negative integer', writer => writer.writeVarintField(3, -7), -7],
    ['a double', writer => writer.writeDoubleField(4, 0.1), 0.1],
    ['infinity', writer => writer.writeDoubleField(4, Infinity), 'Infinity'],
    ['bytes', writer => writer.writeBytesField(7, Uint8Array.of(1, 2, 3)), 'AQID'],
    ['nothing', () => undefined, null],
  ])('reads %s', (_name, write, expected) => {
    expect(decode(write)).toEqual(expected);
  });

  it('reads lists and maps', () => {
    const value = decode(writer => writer.writeMessage(6, () => writer.writeMessage(1, writeEntry, writer), undefined));
    expect(value).toEqual({ list: [5] });

    function writeEntry(writer: PbfWriter): void {
      writer.writeStringField(1, 'list');
      writer.writeMessage(
        2,
        () => writer.writeMessage(5, () => writer.writeMessage(1, writeFive, writer), undefined),
        undefined,
      );
    }
    function writeFive(writer: PbfWriter): void {
      writer.writeVarintField(3, 5);
    }
  });

  it('keeps every digit of an integer that a number would round', () => {
    // 2^63 - 1: eight full bytes of seven bits, then the last seven.
    const bytes = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    const value = decode(writer => {
      writer.writeTag(3, 0);
      for (const byte of bytes) writer.writeVarint(byte & 0x7f);
      // The continuation bits, which writeVarint would not set on single bytes.
      for (let index = 1; index < bytes.length; index += 1) {
        const at = writer.pos - index - 1;
        writer.buf[at] = (writer.buf[at] ?? 0) | 0x80;
      }
    });
    expect(value).toBe('9223372036854775807');
  });

  it('refuses values nested deeper than 32 levels', () => {
    const nest = (writer: PbfWriter, levels: number): void => {
      if (levels === 1) writer.writeVarintField(3, 1);
      else writer.writeMessage(5, () => writer.writeMessage(1, () => nest(writer, levels - 1), undefined), undefined);
    };
    expect(decode(writer => nest(writer, 32))).toBeInstanceOf(Array);
    expect(() => decode(writer => nest(writer, 33))).toThrow('deeper than 32');
  });

  it('skips fields it does not know', () => {
    const body = encode(writer => {
      writer.writeStringField(1, 'kept');
      writer.writeStringField(99, 'from a newer protocol');
    });
    expect(decodeProtobufTraces(body).spans[0]?.attributes).toEqual({ it: 'kept' });
  });

  it('never hangs or reads on, wherever a request is cut off', () => {
    const whole = protobuf.serialize(makeRealSpans());
    for (let length = 1; length < whole.length; length += 1) {
      expect(() => decodeProtobufTraces(whole.slice(0, length)), `cut at ${length}`).toThrow();
    }
  });

  it('survives every single flipped byte', () => {
    const whole = protobuf.serialize(makeRealSpans());
    let refused = 0;
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      try {
        expect(decodeProtobufTraces(damaged).spans.length).toBeLessThanOrEqual(2);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(0);
  });

  it('refuses a request that asks for more values than its bytes are worth', () => {
    // 2,100,000 empty ResourceSpans in two bytes each.
    const body = new Uint8Array(4_200_000).map((_, index) => (index % 2 === 0 ? 10 : 0));
    expect(() => decodeProtobufTraces(body)).toThrow('more than 2000000 values');
  });
});
