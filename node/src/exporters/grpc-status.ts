import { MAX_RETRY_AFTER_MS } from '@agentops/shared/export/retry';

/** OTLP specification, "Failures": these may succeed later. */
const RETRYABLE = new Set(['CANCELLED', 'DEADLINE_EXCEEDED', 'ABORTED', 'OUT_OF_RANGE', 'UNAVAILABLE', 'DATA_LOSS']);

/** And this where the server says when. */
const RETRYABLE_WITH_DELAY = 'RESOURCE_EXHAUSTED';

export interface GrpcVerdict {
  readonly retry: boolean;
  readonly waitMs: number | undefined;
}

/**
 * What to do about a call that has failed.
 * @param status its name
 * @param details `grpc-status-details-bin` as it came: a `google.rpc.Status`, whose details may have a `google.rpc.RetryInfo`
 */
export function judgeStatus(status: string, details: Uint8Array | undefined): GrpcVerdict {
  const waitMs = details && retryDelayMs(details);
  return { retry: RETRYABLE.has(status) || (status === RETRYABLE_WITH_DELAY && waitMs !== undefined), waitMs };
}

/** `undefined` for what is none. */
function retryDelayMs(details: Uint8Array): number | undefined {
  try {
    for (const any of bytesIn(details, 3)) {
      const [type] = bytesIn(any, 1);
      if (!type || !new TextDecoder().decode(type).endsWith('/google.rpc.RetryInfo')) continue;
      const delay = bytesIn(bytesIn(any, 2)[0] ?? NOTHING, 1)[0] ?? NOTHING;
      const ms = numberIn(delay, 1) * 1e3 + numberIn(delay, 2) / 1e6;
      return Math.min(ms, MAX_RETRY_AFTER_MS);
    }
  } catch {
    // Whatever else the server has put there is nobody's business.
  }
  return undefined;
}

const NOTHING = new Uint8Array();

type Field = readonly [number: number, value: number | Uint8Array | undefined];

function bytesIn(message: Uint8Array, wanted: number): Uint8Array[] {
  return fieldsOf(message).flatMap(([number, value]) =>
    number === wanted && value instanceof Uint8Array ? [value] : [],
  );
}

function numberIn(message: Uint8Array, wanted: number): number {
  const found = fieldsOf(message).find(([number]) => number === wanted)?.[1];
  return typeof found === 'number' ? found : 0;
}

/** The fields of a protobuf message, https://protobuf.dev/programming-guides/encoding/. @throws RangeError when it is cut off */
function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    for (let value = 0, factor = 1; at < message.length; factor *= 128) {
      const byte = message[at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new RangeError('the message is cut off');
  };
  const take = (length: number) => {
    at += length;
    if (at > message.length) throw new RangeError('the message is cut off');
    return message.subarray(at - length, at);
  };
  const readers: Readonly<Record<number, () => Field[1]>> = {
    0: varint,
    1: () => void take(8),
    2: () => take(varint()),
    5: () => void take(4),
  };
  while (at < message.length) {
    const tag = varint();
    const read = readers[tag % 8];
    if (!read) throw new RangeError('no such wire type');
    fields.push([Math.floor(tag / 8), read()]);
  }
  return fields;
}
