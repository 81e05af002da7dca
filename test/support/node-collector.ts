/* oxlint-disable no-restricted-imports -- the viewer's decoder is no export, and is the only one that reads both encodings */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { codecFor } from '../../src/viewer/receiver/otlp-codecs.js';
import { decodeJsonTraces } from '../../src/viewer/receiver/otlp-json.js';
import { decodeProtobufTraces } from '../../src/viewer/receiver/otlp-protobuf.js';
import type { ViewerSpan } from '../../src/viewer/span.js';

/** What a collector does with one export: a status, headers with it, or something no collector should do. */
export type Answer =
  | number
  | { readonly status: number; readonly headers: Record<string, string> }
  /** Partial success: takes all but so many. */
  | { readonly rejected: number }
  /** Bytes that are no HTTP. */
  | 'garbage'
  /** Takes the spans, but of the answer sends no more than status and headers; or does, and resets the connection. */
  | 'slow'
  | 'torn'
  /** Changes to another protocol. */
  | 'upgrade'
  /** Takes the request and says nothing. */
  | 'hang'
  /** Closes the connection. */
  | 'dead';

export interface ReceivedExport {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
}

export interface Collector {
  readonly url: string;
  /** Spans of the exports that were answered 200, whole or not. */
  readonly spans: ViewerSpan[];
  readonly exports: ReceivedExport[];
  /** Answers for the exports to come, in turn; the last one stays. */
  script(...answers: Answer[]): void;
  close(): Promise<void>;
}

/** An OTLP collector on loopback. @param port a free one unless given */
export async function startCollector(port = 0): Promise<Collector> {
  const spans: ViewerSpan[] = [];
  const exports: ReceivedExport[] = [];
  const sockets = new Set<Socket>();
  let answers: Answer[] = [200];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    // For those see `node-metrics-collector.ts`.
    if (request.url?.endsWith('/v1/metrics')) return void response.end();
    exports.push({ path: request.url ?? '', headers: request.headers, bytes: body.byteLength });
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 200;
    if (answer === 200 || answer === 'slow' || answer === 'torn')
      spans.push(...decode(request.headers['content-type'], body));
    respond(response, answer, request.headers['content-type']);
  });
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    exports,
    script: (...next) => {
      answers = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise(resolve => server.close(resolve));
    },
  };
}

function decode(contentType: string | undefined, body: Uint8Array): ViewerSpan[] {
  return (contentType === 'application/json' ? decodeJsonTraces : decodeProtobufTraces)(body).spans;
}

function respond(response: ServerResponse, answer: Answer, contentType: string | undefined): void {
  if (typeof answer === 'number') response.writeHead(answer).end();
  else if (typeof answer === 'object' && 'rejected' in answer)
    response
      .writeHead(200, { 'content-type': contentType })
      .end(codecFor(contentType)?.encodeResponse({ spans: answer.rejected, reason: 'too many' }));
  else if (typeof answer === 'object') response.writeHead(answer.status, answer.headers).end();
  else if (answer === 'garbage') response.socket?.end('%PDF-1.7 this is no HTTP\r\n\r\n');
  else if (answer === 'slow') response.writeHead(200, { 'content-length': '1000' }).write('x');
  else if (answer === 'torn')
    response.writeHead(200, { 'content-length': '1000' }).write('x', () => response.socket?.resetAndDestroy());
  else if (answer === 'upgrade')
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
  else if (answer === 'dead') response.socket?.destroy();
}
