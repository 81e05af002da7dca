import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import {
  MAX_RESPONSE_BYTES,
  VERSION,
  type Send,
  type SendRequest,
  type SendResponse,
  type TlsOptions,
} from '@agentops/shared';
import { EXPORTER_AGENT } from './server-span.js';

/** By the certificates they show and trust. */
const agents = new Map<string, ReturnType<typeof createAgents>>();

const abandoned = new Set<() => void>();

/** Closes what is being sent; whoever waits for it is told that it failed. */
export function abandonSends(): void {
  for (const pair of agents.values()) for (const agent of Object.values(pair)) agent.destroy();
  for (const abandon of abandoned) abandon();
}

/** Calls `abandon` with the above; returns how to stop. */
export function onAbandon(abandon: () => void): () => void {
  abandoned.add(abandon);
  return () => void abandoned.delete(abandon);
}

/** Servers know by the user agent that they are being sent spans. */
export function exportHeaders(headers: Readonly<Record<string, string>>): OutgoingHttpHeaders {
  return { 'user-agent': `${EXPORTER_AGENT}${VERSION}`, ...headers };
}

/**
 * Sends one export at a time. Its socket does not keep the process alive: whoever waits for it holds a timer of its own.
 * @param tls PEM texts
 */
export function createSend(tls: TlsOptions = {}): Send {
  const key = JSON.stringify(tls);
  const own = agents.get(key) ?? createAgents(tls);
  agents.set(key, own);
  return request => post(request, own);
}

function createAgents(tls: TlsOptions) {
  return { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true, ...tls }) };
}

function post({ url, headers, body, timeoutMs }: SendRequest, own: ReturnType<typeof createAgents>) {
  return new Promise<SendResponse>((resolve, reject) => {
    const target = new URL(url);
    const secure = target.protocol === 'https:';
    const options = {
      method: 'POST',
      agent: own[secure ? 'https:' : 'http:'],
      headers: { ...exportHeaders(headers), 'content-length': body.byteLength },
      signal: AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs))),
    };
    const fail = (error: Error & { rawPacket?: Buffer }) => {
      // Bytes of the backend's, which may quote what it was sent, and would be logged with the error.
      delete error.rawPacket;
      reject(error);
    };
    const request = (secure ? https : http).request(target, options, response => {
      // The status has said whether it was taken, whatever becomes of the rest.
      request.off('error', fail).on('error', () => {});
      void read(response).then(resolve);
    });
    request.on('socket', socket => socket.unref());
    request.on('error', fail);
    // Without a listener nothing would ever say that it is over.
    request.on('upgrade', ({ statusCode = 101 }, socket) => {
      socket.destroy();
      resolve({ status: statusCode });
    });
    request.end(body);
  });
}

/** Reads no more of an answer than anybody looks at. */
function read(response: IncomingMessage): Promise<SendResponse> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let received = 0;
    response.on('data', (chunk: Buffer) => {
      received += chunk.byteLength;
      if (received <= MAX_RESPONSE_BYTES) chunks.push(chunk);
      else response.destroy();
    });
    response.on('error', () => {});
    response.on('close', () =>
      resolve({
        status: response.statusCode ?? 0,
        retryAfter: response.headers['retry-after'],
        contentType: response.headers['content-type'],
        body: Buffer.concat(chunks),
      }),
    );
  });
}
