import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import type { Platform, SendRequest, TlsOptions } from '@agentops/shared';
import { createSend } from '../send.js';
import { createSendAtExit } from '../send-at-exit.js';

const compress = promisify(gzip);

interface TransportOptions {
  /** PEM texts. */
  readonly tls?: TlsOptions | undefined;
  readonly compression?: 'gzip' | 'none' | undefined;
}

/** How one backend is sent its requests. */
export function createTransport({ tls, compression }: TransportOptions = {}): Pick<Platform, 'send' | 'sendSync'> {
  const send = createSend(tls);
  const sendSync = createSendAtExit(tls);
  if (compression !== 'gzip') return { send, sendSync };
  return {
    // On another thread, unlike at the end, when this one has nothing else to do.
    send: async request => send(compressed(request, await compress(request.body))),
    sendSync: (requests, timeoutMs) =>
      sendSync(
        requests.map(request => compressed(request, gzipSync(request.body))),
        timeoutMs,
      ),
  };
}

function compressed(request: SendRequest, body: Uint8Array): SendRequest {
  return {
    ...request,
    headers: { ...request.headers, 'content-encoding': 'gzip' },
    body: body as Uint8Array<ArrayBuffer>,
  };
}
