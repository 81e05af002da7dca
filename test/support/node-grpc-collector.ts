/* oxlint-disable no-restricted-imports -- the viewer's decoder is no export */

import { createServer, type Socket } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { codecFor } from '../../src/viewer/receiver/otlp-codecs.js';
import { decodeProtobufTraces } from '../../src/viewer/receiver/otlp-protobuf.js';
import type { ViewerSpan } from '../../src/viewer/span.js';
import { receiveMetrics, type ReceivedMetrics } from './node-metrics-collector.js';
import { listen } from './node-servers.js';
import { decodeMetrics } from './otlp-metrics.js';

export type GrpcAnswer =
  | 'ok'
  /** Takes the spans and says nothing. */
  | 'hang'
  /** A response that is no protobuf. */
  | 'garbage'
  /** Partial success: takes all but so many. */
  | { readonly rejected: number }
  | { readonly status: grpc.status; readonly details?: Uint8Array };

export interface GrpcCollector extends GrpcServer {
  /** Of the calls that were answered with `OK`. */
  readonly spans: ViewerSpan[];
  readonly calls: grpc.Metadata[];
  /** Answers for the calls to come, in turn; the last one stays. */
  script(...answers: GrpcAnswer[]): void;
}

/** An OTLP collector that speaks gRPC on loopback. */
export async function startGrpcCollector(options: GrpcServerOptions = {}): Promise<GrpcCollector> {
  const spans: ViewerSpan[] = [];
  const calls: grpc.Metadata[] = [];
  let answers: GrpcAnswer[] = ['ok'];
  const server = await serveGrpc(options, '/opentelemetry.proto.collector.trace.v1.TraceService/Export', call => {
    calls.push(call.metadata);
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 'ok';
    if (answer === 'ok' || answer === 'garbage') spans.push(...decodeProtobufTraces(call.request).spans);
    return answer;
  });
  return {
    ...server,
    spans,
    calls,
    script: (...next) => {
      answers = next;
    },
  };
}

const METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

export interface GrpcMetricsCollector extends ReceivedMetrics<GrpcAnswer>, GrpcServer {}

/** The same for metrics; one for spans answers those with `UNIMPLEMENTED`. */
export async function startGrpcMetricsCollector(options: GrpcServerOptions = {}): Promise<GrpcMetricsCollector> {
  const { receive, ...received } = receiveMetrics<GrpcAnswer>('ok');
  const server = await serveGrpc(options, METRICS, ({ metadata, request }) =>
    receive({
      path: METRICS,
      headers: metadata.getMap() as Record<string, string>,
      metrics: decodeMetrics('application/x-protobuf', request),
    }),
  );
  return { ...received, ...server };
}

export interface GrpcServerOptions {
  readonly credentials?: grpc.ServerCredentials;
  /** @default a free one */
  readonly port?: number;
}

export interface GrpcServer {
  /** Host and port. */
  readonly address: string;
  close(): void;
}

async function serveGrpc(
  { credentials = grpc.ServerCredentials.createInsecure(), port = 0 }: GrpcServerOptions,
  path: string,
  answer: (call: grpc.ServerUnaryCall<Buffer, Buffer>) => GrpcAnswer,
): Promise<GrpcServer> {
  const same = (bytes: Buffer) => bytes;
  const server = new grpc.Server();
  const method = {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  } as const;
  server.addService(
    { Export: method },
    {
      Export: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) =>
        respond(answer(call), done),
    },
  );
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, found) => (error ? reject(error) : resolve(found))),
  );
  return { address: `127.0.0.1:${bound}`, close: () => server.forceShutdown() };
}

function respond(answer: GrpcAnswer, done: grpc.sendUnaryData<Buffer>): void {
  if (answer === 'hang') return;
  if (answer === 'ok') return done(null, Buffer.alloc(0));
  if (answer === 'garbage') return done(null, Buffer.from('%PDF-1.7 this is no protobuf'));
  if ('rejected' in answer) {
    const response = codecFor('application/x-protobuf')?.encodeResponse({ spans: answer.rejected, reason: 'too many' });
    return done(null, Buffer.from(response as Uint8Array));
  }
  const metadata = new grpc.Metadata();
  if (answer.details) metadata.set('grpc-status-details-bin', Buffer.from(answer.details));
  done({ code: answer.status, details: 'as scripted', metadata });
}

/** What listens there, and is no gRPC: `react` does what it likes with each connection. Resolves with host and port. */
export async function listenRaw(react: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    // A socket that nobody reads does not see the other end close.
    socket.on('error', () => {}).resume();
    react(socket);
  });
  return new URL(
    await listen(Object.assign(server, { closeAllConnections: () => sockets.forEach(each => each.destroy()) })),
  ).host;
}
