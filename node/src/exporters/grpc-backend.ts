// The only file that knows `@grpc/grpc-js`.
import { createRequire } from 'node:module';
import type * as Grpc from '@grpc/grpc-js';
import {
  BATCH_ID_HEADER,
  VERSION,
  type Backend,
  type EncodedBatch,
  type Failure,
  type OtlpEncoding,
  type Taken,
  type TlsOptions,
} from '@agentops/shared';
import { packSpans, readRejected, type SendLimits } from '@agentops/shared/export/otlp-http';
import { onAbandon } from '../send.js';
import { sendAtExit } from '../send-at-exit.js';
import { EXPORTER_AGENT } from '../server-span.js';
import { judgeStatus } from './grpc-status.js';

/** https://opentelemetry.io/docs/specs/otlp/#otlpgrpc */
const METHOD = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** After these the connection may be at fault, and is made anew: a channel that waits for its own back-off would fail our attempts unsent. */
const RECONNECT = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED', 'INTERNAL']);

export interface GrpcOptions extends SendLimits {
  /** Host and port. */
  readonly address: string;
  /** PEM texts; `undefined` for a connection without TLS. */
  readonly tls: TlsOptions | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** Of protobuf. */
  readonly serializer: OtlpEncoding['serializer'];
  /** For one attempt, in milliseconds. */
  readonly timeoutMs: number;
}

/** On demand: most processes need none of it. @throws when it is not installed */
export function loadGrpc(): typeof Grpc {
  return createRequire(import.meta.url)('@grpc/grpc-js') as typeof Grpc;
}

/**
 * OTLP over gRPC.
 * @throws when gRPC cannot send `options.metadata`, or cannot use `options.tls`
 */
export function createGrpcBackend(grpc: typeof Grpc, options: GrpcOptions): Backend<EncodedBatch> {
  const { address, tls, timeoutMs, maxInFlight, maxInFlightBytes, serializer } = options;
  const name = `${tls ? 'grpcs' : 'grpc'}://${address}`;
  const connection = createConnection(grpc, options);
  const metadata = grpc.Metadata.fromHttp2Headers({});
  for (const [key, value] of Object.entries(options.metadata)) metadata.set(key, value);
  const calls = new Set<Grpc.ClientUnaryCall>();
  const stop = onAbandon(() => {
    for (const call of calls) call.cancel();
    connection.close();
  });

  const toOutcome = (error: Grpc.ServiceError | null, answer: Buffer | undefined, count: number): Taken | Failure => {
    if (!error) return { rejected: answer?.length ? Math.min(count, readRejected(answer, serializer, name)) : 0 };
    const status = grpc.status[error.code] ?? String(error.code);
    if (RECONNECT.has(status)) connection.renew();
    const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
    const verdict = judgeStatus(status, typeof details === 'string' ? undefined : details);
    const cause = verdict.retry ? 'unreachable' : 'rejected';
    return { cause, error: new Error(`${name} answered ${status}`, { cause: error }), ...verdict };
  };

  return {
    name,
    maxInFlight,
    maxInFlightBytes,
    pack: spans => packSpans(spans, { serializer, maxBatchBytes: options.maxBatchBytes }),
    send: ({ id, body, count }) =>
      new Promise(resolve => {
        const named = metadata.clone();
        named.set(BATCH_ID_HEADER, id);
        const deadline = Date.now() + timeoutMs;
        const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
        const done: Grpc.requestCallback<Buffer> = (error, answer) => {
          calls.delete(call);
          resolve(toOutcome(error, answer, count));
        };
        const client = connection.open();
        const call = client.makeUnaryRequest(METHOD, same, same, bytes, named, { deadline }, done);
        calls.add(call);
      }),
    sendSync: (batches, deadlineMs) => {
      const url = `${tls ? 'https' : 'http'}://${address}${METHOD}`;
      const requests = batches.map(({ id, body }) => ({
        url,
        headers: { ...lowerCased(options.metadata), [BATCH_ID_HEADER]: id },
        body,
      }));
      const taken = sendAtExit(requests, deadlineMs, { tls, protocol: 'grpc' });
      return batches.filter((_, index) => taken[index]);
    },
    shutdown: () => {
      stop();
      connection.close();
      return Promise.resolve();
    },
  };
}

/** A client that is made when it is needed, and again after it has been closed; calls under way go on. */
function createConnection(grpc: typeof Grpc, { address, tls, compression }: GrpcOptions) {
  const bytes = (pem: string | undefined) => (pem === undefined ? null : Buffer.from(pem));
  const credentials = tls
    ? grpc.credentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert))
    : grpc.credentials.createInsecure();
  const channelOptions = {
    'grpc.primary_user_agent': `${EXPORTER_AGENT}${VERSION}`,
    'grpc.default_compression_algorithm': grpc.compressionAlgorithms[compression === 'gzip' ? 'gzip' : 'identity'],
    // Attempts are counted and spaced by the queue, and what others of the process have found out about the address is not ours.
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
  };
  let client: Grpc.Client | undefined;
  const close = () => {
    client?.close();
    client = undefined;
  };
  const isConnecting = () => client?.getChannel().getConnectivityState(false) === grpc.connectivityState.CONNECTING;
  return {
    open: () => (client ??= new grpc.Client(address, credentials, channelOptions)),
    close,
    /** grpc-js never closes the socket of a connection that is still being made, so a server that stays silent would collect one for each attempt. */
    renew: () => {
      if (!isConnecting()) close();
    },
  };
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

function lowerCased(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key.toLowerCase(), value]));
}
