import { crc32 } from 'node:zlib';

/** What a frame holds, as the letter it has in the file. */
export type FrameKind = keyof typeof KINDS;

/** The life of a span, and what surrounds it. The number of a frame is its span's; those that belong to no span have 0. */
const KINDS = {
  resource: 'R',
  started: 'S',
  ended: 'E',
  /** Which spans make up a batch. */
  batch: 'B',
  /** The batch was delivered or given up. */
  settled: 'A',
  /** When the process that started these spans was last alive. */
  interrupted: 'X',
} as const;

export interface Frame {
  readonly kind: FrameKind;
  readonly number: number;
  readonly json: string;
}

const KIND_OF_BYTE = new Map(Object.entries(KINDS).map(([kind, letter]) => [letter.charCodeAt(0), kind as FrameKind]));
const BYTE_OF_KIND = Object.fromEntries([...KIND_OF_BYTE].map(([byte, kind]) => [kind, byte])) as Record<
  FrameKind,
  number
>;

/** Length of the payload, CRC-32 of all that follows it, kind, span number; then the payload. */
const CRC_AT = 4;
const KIND_AT = 8;
const NUMBER_AT = 9;
export const FRAME_HEADER_BYTES = 13;

/** UTF-16 code units take three bytes of UTF-8 at most. */
export function maxFrameBytes({ json }: Frame): number {
  return FRAME_HEADER_BYTES + json.length * 3;
}

/** Writes a frame into a buffer that has room for it; returns where it ends. */
export function writeFrame(target: Buffer, at: number, { kind, number, json }: Frame): number {
  const length = target.write(json, at + FRAME_HEADER_BYTES);
  const end = at + FRAME_HEADER_BYTES + length;
  target.writeUInt32LE(length, at);
  target.writeUInt8(BYTE_OF_KIND[kind], at + KIND_AT);
  target.writeUInt32LE(number, at + NUMBER_AT);
  target.writeUInt32LE(crc32(target.subarray(at + KIND_AT, end)), at + CRC_AT);
  return end;
}

/** Visits the frames that are whole; returns in how many places there is something else, such as a tail that was torn off. */
export function readFrames(data: Buffer, visit: (frame: Frame) => void): number {
  let damaged = 0;
  let isIntact = true;
  let at = 0;
  while (at < data.length) {
    const end = frameEnd(data, at);
    if (end) visit(frameAt(data, at, end));
    else if (isIntact) damaged++;
    isIntact = end !== undefined;
    // Where the next frame begins is unknown, and the checksum tells.
    at = end ?? at + 1;
  }
  return damaged;
}

function frameEnd(data: Buffer, at: number): number | undefined {
  if (at + FRAME_HEADER_BYTES > data.length || !KIND_OF_BYTE.has(data[at + KIND_AT] ?? 0)) return undefined;
  const end = at + FRAME_HEADER_BYTES + data.readUInt32LE(at);
  if (end > data.length) return undefined;
  return crc32(data.subarray(at + KIND_AT, end)) === data.readUInt32LE(at + CRC_AT) ? end : undefined;
}

function frameAt(data: Buffer, at: number, end: number): Frame {
  return {
    kind: KIND_OF_BYTE.get(data[at + KIND_AT] ?? 0) as FrameKind,
    number: data.readUInt32LE(at + NUMBER_AT),
    // Most frames are visited for their number alone.
    get json() {
      return data.toString('utf8', at + FRAME_HEADER_BYTES, end);
    },
  };
}
