import { BATCH_ID_HEADER, type Backend, type EncodedBatch, type OtlpEncoding } from '@agentops/shared';
import { packSpans, readRejected, type SendLimits } from '@agentops/shared/export/otlp-http';
import { createGrpcClient, type GrpcAnswer, type GrpcCall, type GrpcClientOptions } from './grpc-client.js';

/** https://opentelemetry.io/docs/specs/otlp/#otlpgrpc */
const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

export interface GrpcOptions extends SendLimits, Omit<GrpcClientOptions, 'path'> {
  /** Of protobuf. */
  readonly serializer: OtlpEncoding['serializer'];
  /** For one attempt, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * OTLP over gRPC.
 * @throws as `createGrpcClient` does
 */
export function createGrpcBackend(options: GrpcOptions): Backend<EncodedBatch> {
  const { timeoutMs, maxInFlight, maxInFlightBytes, serializer } = options;
  const client = createGrpcClient({ ...options, path: PATH });
  const { name } = client;
  const reading = { name, serializer, count: 'rejectedSpans' } as const;
  const toOutcome = (answer: GrpcAnswer, count: number) => {
    if ('error' in answer) return { ...answer, cause: answer.retry ? 'unreachable' : 'rejected' };
    const { body } = answer;
    return { rejected: body?.length ? Math.min(count, readRejected(body, reading)) : 0 };
  };
  return {
    name,
    maxInFlight,
    maxInFlightBytes,
    pack: spans => packSpans(spans, { serializer, maxBatchBytes: options.maxBatchBytes }),
    send: async batch => toOutcome(await client.call(toCall(batch), timeoutMs), batch.count),
    toExitRequest: batch => client.toExitRequest(toCall(batch)),
    shutdown: async () => client.close(),
  };
}

function toCall({ id, body }: EncodedBatch): GrpcCall {
  return { body, metadata: { [BATCH_ID_HEADER]: id } };
}
