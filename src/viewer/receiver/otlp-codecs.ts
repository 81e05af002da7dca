import { Buffer } from 'node:buffer';
import { PbfWriter } from 'pbf';
import { decodeJsonTraces } from './otlp-json.js';
import { decodeProtobufTraces } from './otlp-protobuf.js';
import type { DecodedExport } from './otlp-spans.js';

/** What the receiver did not keep, for the sender's log. */
export interface Refusal {
  spans: number;
  reason: string;
}

/** One OTLP/HTTP encoding: the answer must come in the encoding of the request. */
export interface OtlpCodec {
  contentType: string;
  decodeTraces(body: Uint8Array): DecodedExport;
  encodeResponse(refusal?: Refusal): Buffer;
}

export const jsonCodec: OtlpCodec = {
  contentType: 'application/json',
  decodeTraces: decodeJsonTraces,
  encodeResponse: refusal =>
    Buffer.from(
      JSON.stringify({ partialSuccess: refusal ? { rejectedSpans: refusal.spans, errorMessage: refusal.reason } : {} }),
    ),
};

export const protobufCodec: OtlpCodec = {
  contentType: 'application/x-protobuf',
  decodeTraces: decodeProtobufTraces,
  encodeResponse(refusal) {
    const response = new PbfWriter();
    if (refusal) response.writeMessage(1, writeRefusal, refusal);
    return Buffer.from(response.finish());
  },
};

const codecs: ReadonlyMap<string, OtlpCodec> = new Map([
  ['application/json', jsonCodec],
  ['application/x-protobuf', protobufCodec],
  ['application/protobuf', protobufCodec],
]);

export function codecFor(contentType: string | undefined): OtlpCodec | undefined {
  const [mediaType = ''] = (contentType ?? '').split(';');
  return codecs.get(mediaType.trim().toLowerCase());
}

/** ExportTracePartialSuccess. */
function writeRefusal({ spans, reason }: Refusal, writer: PbfWriter): void {
  writer.writeVarintField(1, spans);
  writer.writeStringField(2, reason);
}
