// The only file that knows `@grpc/grpc-js`.
import { createRequire } from 'node:module';
import type * as Grpc from '@grpc/grpc-js';
import { VERSION, type ExitRequest, type TlsOptions } from '@agentops/shared';
import { onAbandon } from '../send.js';
import { EXPORTER_AGENT } from '../server-span.js';
import { judgeStatus, type GrpcVerdict } from './grpc-status.js';

/** After these the connection may be at fault, and is made anew: a channel that waits for its own back-off would fail our attempts unsent. */
const RECONNECT = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED', 'INTERNAL']);

export interface GrpcClientOptions {
  /** Of the one method that is called, such as `/package.Service/Method`. */
  readonly path: string;
  /** Host and port. */
  readonly address: string;
  /** PEM texts; `undefined` for a connection without TLS. */
  readonly tls: TlsOptions | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
}

export interface GrpcCall {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Besides those of every call. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What was answered with `OK`, or why nothing was. */
export type GrpcAnswer =
  { readonly body: Uint8Array | undefined } | (GrpcVerdict & { readonly error: Error; readonly status: string });

export interface GrpcClient {
  /** Its address as a URL. */
  readonly name: string;
  /** Never rejects. */
  call(call: GrpcCall, timeoutMs: number): Promise<GrpcAnswer>;
  /** The call as another thread makes it, in the last turn of a process. */
  toExitRequest(call: GrpcCall): ExitRequest;
  close(): void;
}

/** On demand: most processes need none of it. @throws when it is not installed */
export function loadGrpc(): typeof Grpc {
  return createRequire(import.meta.url)('@grpc/grpc-js') as typeof Grpc;
}

/**
 * Unary calls of messages that are encoded already.
 * @throws when gRPC is not installed, cannot send `options.metadata`, or cannot use `options.tls`
 */
export function createGrpcClient(options: GrpcClientOptions): GrpcClient {
  const { path, address, tls } = options;
  const grpc = loadGrpc();
  const name = `${tls ? 'grpcs' : 'grpc'}://${address}`;
  const connection = createConnection(grpc, options);
  const metadata = grpc.Metadata.fromHttp2Headers({});
  for (const [key, value] of Object.entries(options.metadata)) metadata.set(key, value);
  const common = lowerCased(options.metadata);
  const url = `${tls ? 'https' : 'http'}://${address}${path}`;
  const calls = new Set<Grpc.ClientUnaryCall>();
  const stop = onAbandon(() => {
    for (const call of calls) call.cancel();
    connection.close();
  });

  const toAnswer = (error: Grpc.ServiceError | null, body: Buffer | undefined): GrpcAnswer => {
    if (!error) return { body };
    const status = grpc.status[error.code] ?? String(error.code);
    if (RECONNECT.has(status)) connection.renew();
    const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
    const verdict = judgeStatus(status, typeof details === 'string' ? undefined : details);
    return { ...verdict, status, error: new Error(`${name} answered ${status}`, { cause: error }) };
  };

  return {
    name,
    call: ({ body, metadata: own = {} }, timeoutMs) =>
      new Promise(resolve => {
        const named = metadata.clone();
        for (const [key, value] of Object.entries(own)) named.set(key, value);
        const deadline = Date.now() + timeoutMs;
        const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
        const done: Grpc.requestCallback<Buffer> = (error, answer) => {
          calls.delete(call);
          resolve(toAnswer(error, answer));
        };
        const call = connection.open().makeUnaryRequest(path, same, same, bytes, named, { deadline }, done);
        calls.add(call);
      }),
    toExitRequest: ({ body, metadata: own }) => ({ url, headers: { ...common, ...own }, body, tls, protocol: 'grpc' }),
    close: () => {
      stop();
      connection.close();
    },
  };
}

/** A client that is made when it is needed, and again after it has been closed; calls under way go on. */
function createConnection(grpc: typeof Grpc, { address, tls, compression }: GrpcClientOptions) {
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
