import { Buffer } from 'node:buffer';
import { PbfReader } from 'pbf';
import { assertDepth, type Budget, createBudget, spend } from './otlp-limits.js';

/** Wire types of https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

/** Where decoding stands: one reader and one budget for the request, a depth for the values. */
export interface Cursor {
  reader: PbfReader;
  budget: Budget;
  depth: number;
}

export interface Field<Target> {
  wireType: number;
  read(cursor: Cursor, target: Target): void;
}

/** Field number -> how to read it. What is not listed is skipped, as protobuf asks. */
export type Fields<Target> = Readonly<Record<number, Field<Target>>>;

type Put<Target, Value> = (target: Target, value: Value) => void;

export function createCursor(body: Uint8Array): Cursor {
  return { reader: new PbfReader(body), budget: createBudget(), depth: 0 };
}

/** Reads a message that is the whole body. */
export function readBody<Target>(cursor: Cursor, fields: Fields<Target>, target: Target): Target {
  return readUntil(cursor, fields, { target, end: cursor.reader.length });
}

/** Reads a message that is the value of a field, and so says its length first. */
export function readMessage<Target>(cursor: Cursor, fields: Fields<Target>, target: Target): Target {
  return readUntil(cursor, fields, { target, end: readEnd(cursor) });
}

export function message<Target, Value>(
  fields: Fields<Value>,
  create: () => Value,
  put: Put<Target, Value>,
): Field<Target> {
  return { wireType: BYTES, read: (cursor, target) => put(target, readMessage(cursor, fields, create())) };
}

/** A message of which one request may hold only so many. */
export function counted<Target>({ wireType, read }: Field<Target>): Field<Target> {
  return {
    wireType,
    read(cursor, target) {
      spend(cursor.budget);
      read(cursor, target);
    },
  };
}

/** One level deeper in a value that may nest in itself. */
export function nested<Target>(put: (cursor: Cursor, target: Target) => void): Field<Target> {
  return counted({
    wireType: BYTES,
    read(cursor, target) {
      const depth = cursor.depth + 1;
      assertDepth(depth);
      put({ ...cursor, depth }, target);
    },
  });
}

export function text<Target>(put: Put<Target, string>): Field<Target> {
  return bytes((target, value) => put(target, toBuffer(value).toString('utf8')));
}

/** An id of exactly `length` bytes as hex; any other length gives an empty id, without converting it. */
export function id<Target>(length: number, put: Put<Target, string>): Field<Target> {
  return bytes((target, value) => put(target, value.length === length ? toBuffer(value).toString('hex') : ''));
}

export function base64<Target>(put: Put<Target, string>): Field<Target> {
  return bytes((target, value) => put(target, toBuffer(value).toString('base64')));
}

export function varint<Target>(put: Put<Target, number>): Field<Target> {
  return { wireType: VARINT, read: (cursor, target) => put(target, cursor.reader.readVarint()) };
}

export function int64<Target>(put: Put<Target, bigint>): Field<Target> {
  return { wireType: VARINT, read: (cursor, target) => put(target, readInt64(cursor.reader)) };
}

export function fixed64<Target>(put: Put<Target, bigint>): Field<Target> {
  return {
    wireType: FIXED64,
    read({ reader }, target) {
      put(target, reader.dataView.getBigUint64(reader.pos, true));
      reader.pos += 8;
    },
  };
}

export function double<Target>(put: Put<Target, number>): Field<Target> {
  return { wireType: FIXED64, read: (cursor, target) => put(target, cursor.reader.readDouble()) };
}

/** Throws when the fields do not stop exactly at `end`: pbf itself would read on, or clip in silence. */
function readUntil<Target>(
  cursor: Cursor,
  fields: Fields<Target>,
  { target, end }: { target: Target; end: number },
): Target {
  const { reader } = cursor;
  for (let number = reader.nextField(end); number !== 0; number = reader.nextField(end)) {
    const field = fields[number];
    if (field && field.wireType === reader.type) field.read(cursor, target);
  }
  if (reader.pos !== end) throw new Error('a protobuf message does not end where it says');
  return target;
}

function bytes<Target>(put: Put<Target, Uint8Array>): Field<Target> {
  return {
    wireType: BYTES,
    read(cursor, target) {
      const end = readEnd(cursor);
      put(target, cursor.reader.buf.subarray(cursor.reader.pos, end));
      cursor.reader.pos = end;
    },
  };
}

function readEnd({ reader }: Cursor): number {
  const length = reader.readVarint();
  const end = reader.pos + length;
  if (end > reader.length) throw new Error('a protobuf length points past the end of the body');
  return end;
}

/** pbf reads varints as doubles, which round above 2^53. */
function readInt64(reader: PbfReader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.buf[reader.pos];
    if (byte === undefined) break;
    reader.pos += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
  throw new Error('a protobuf integer does not end');
}

function toBuffer(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}
