import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';

type Serializer = ISerializer<ReadableSpan[], unknown>;

/** `serializer` for several backends: mostly they are sent the same batches, and packing is what costs most of sending one. */
export function packOnce(serializer: Serializer): Serializer {
  /** By the first span of a batch, so that none outlives its spans. */
  const packed = new WeakMap<ReadableSpan, { spans: ReadableSpan[]; body: Uint8Array | undefined }>();
  return {
    serializeRequest(spans) {
      const [first] = spans;
      if (!first) return serializer.serializeRequest(spans);
      const last = packed.get(first);
      if (last && isSame(last.spans, spans)) return last.body;
      const body = serializer.serializeRequest(spans);
      packed.set(first, { spans, body });
      return body;
    },
    deserializeResponse: data => serializer.deserializeResponse(data),
  };
}

function isSame(one: ReadableSpan[], other: ReadableSpan[]): boolean {
  return one.length === other.length && one.every((span, index) => span === other[index]);
}
