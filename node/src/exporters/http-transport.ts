import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import type { Platform, SendRequest, TlsOptions } from '@agentops/shared';
import type { ToExitRequest } from '@agentops/shared/export/otlp-http';
import { createSend } from '../send.js';

const compress = promisify(gzip);

interface TransportOptions {
  /** PEM texts. */
  readonly tls?: TlsOptions | undefined;
  readonly compression?: 'gzip' | 'none' | undefined;
}

/** How one backend is sent its requests. */
export function createTransport({ tls, compression }: TransportOptions = {}): Required<
  Pick<Platform, 'send' | 'toExitRequest'>
> {
  const send = createSend(tls);
  const toExitRequest: ToExitRequest = ({ url, headers, body }) => ({ url, headers, body, tls });
  if (compression !== 'gzip') return { send, toExitRequest };
  return {
    // On another thread, unlike at the end, when this one has nothing else to do.
    send: async request => send(compressed(request, await compress(request.body))),
    toExitRequest: request => toExitRequest(compressed(request, gzipSync(request.body))),
  };
}

function compressed<R extends Pick<SendRequest, 'headers' | 'body'>>(request: R, body: Uint8Array): R {
  return {
    ...request,
    headers: { ...request.headers, 'content-encoding': 'gzip' },
    body: body as Uint8Array<ArrayBuffer>,
  };
}
