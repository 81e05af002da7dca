import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { context, SpanKind } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { withSpan } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServers, listen } from '../support/node-servers.js';
import { idsOf, record, type Recorder } from '../support/node-spans.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // RFC 6455 section 1.3
const CLOSE_FRAME = Buffer.from([0x88, 0]);

let recorder: Recorder;
let url: string;
let handshakes: IncomingHttpHeaders[];

beforeEach(async () => {
  recorder = record();
  handshakes = [];
  const server = createServer();
  server.on('upgrade', ({ headers, url: path }, socket) => {
    handshakes.push(headers);
    if (path === '/refused') {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    // The client of Node 24 would wait for the server to hang up.
    socket.write(CLOSE_FRAME, () => socket.destroy());
  });
  url = (await listen(server)).replace('http', 'ws');
});

afterEach(async () => {
  await recorder.stop();
  await closeServers();
});

function visit(path: string): Promise<Event> {
  const socket = new WebSocket(url + path);
  return new Promise(resolve => {
    socket.onclose = resolve;
    socket.onerror = resolve;
  });
}

// Node has it from version 22.
describe.runIf('WebSocket' in globalThis)('the handshake of a WebSocket', () => {
  it.each(['/', '/refused'])('carries the span it was opened in, which the backend gets to see (%s)', async path => {
    await withSpan('caller', () => visit(path));
    const { traceId, spanId } = idsOf(await recorder.span('caller'));
    expect(recorder.spans.filter(({ kind }) => kind === SpanKind.CLIENT)).toEqual([]);
    expect(handshakes.map(({ traceparent }) => traceparent?.slice(3, 52))).toEqual([`${traceId}-${spanId}`]);
  });

  it('carries nothing where tracing is suppressed', async () => {
    await withSpan('caller', () => context.with(suppressTracing(context.active()), () => visit('/')));
    expect(handshakes.map(({ traceparent }) => traceparent)).toEqual([undefined]);
  });
});
