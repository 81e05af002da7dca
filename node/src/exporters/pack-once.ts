import type { OtlpEncoding, Platform } from '@agentops/shared';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';

type Serializer = OtlpEncoding['serializer'];

/** Batches that are remembered: queues that are told of the same spans cut the same batches, one shortly after the other. */
const REMEMBERED = 4;

const shared = new WeakMap<Platform['encodings'], Platform['encodings']>();

/** The encodings for several backends at once: packing a batch is a third of what each of them costs, and needs be done for the first alone. */
export function sharedEncodings(encodings: Platform['encodings']): Platform['encodings'] {
  const known = shared.get(encodings);
  if (known) return known;
  const made = Object.entries(encodings).map(([name, { serializer, contentType }]) => [
    name,
    { contentType, serializer: packOnce(serializer) },
  ]);
  const wrapped = Object.fromEntries(made) as Platform['encodings'];
  shared.set(encodings, wrapped);
  return wrapped;
}

/** `serializer`, which for a batch of spans that it has just packed returns the same bytes again. */
export function packOnce(serializer: Serializer): Serializer {
  const recent: { spans: readonly ReadableSpan[]; body: Uint8Array | undefined }[] = [];
  return {
    serializeRequest(spans) {
      const same = recent.find(batch => isSame(batch.spans, spans));
      if (same) return same.body;
      const body = serializer.serializeRequest(spans);
      if (recent.push({ spans, body }) > REMEMBERED) recent.shift();
      return body;
    },
    deserializeResponse: data => serializer.deserializeResponse(data),
  };
}

function isSame(one: readonly ReadableSpan[], other: readonly ReadableSpan[]): boolean {
  return one.length === other.length && one.every((span, index) => span === other[index]);
}
