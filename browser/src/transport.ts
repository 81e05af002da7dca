import { BATCH_ID_HEADER, MAX_RESPONSE_BYTES, RETRYABLE, type Send, type SendResponse } from '@agentops/shared';
import type { Gzip } from './compress.js';

/** A browser lets 64 KiB of `keepalive` bodies outlive the page, all requests together; a little less leaves room for others. */
export const KEEPALIVE_BYTES = 60_000;

/** Longer than it takes a page to close. */
const CLOSING_MS = 1_000;

/**
 * To the page's own origin what is sent is named and compressed. A collector elsewhere would have to allow these headers first (CORS).
 * @param fetch the page's own, not yet patched one
 */
export function createPageTransport(fetch: typeof globalThis.fetch, gzip: Gzip): Send {
  let refusesGzip = false;
  return async ({ url, headers, body, timeoutMs }) => {
    // Nobody would see it fail, so it goes to the spool. A page that stays tries: a collector on this machine needs no network.
    if (gzip.isStopped && !navigator.onLine) throw new Error('offline');
    const signal = AbortSignal.timeout(Math.max(1, timeoutMs));
    const isOwn = isSameOrigin(url);
    const sent: Record<string, string> = { ...headers };
    if (!isOwn) delete sent[BATCH_ID_HEADER];
    let isGzip = false;
    let isTaken = false;
    const post = (bytes: Uint8Array<ArrayBuffer>) =>
      fetch(url, {
        method: 'POST',
        headers: { ...sent, ...(isGzip && { 'content-encoding': 'gzip' }) },
        body: bytes,
        keepalive: bytes.byteLength <= KEEPALIVE_BYTES,
        signal,
      }).catch(async (error: unknown) => {
        // To a page that is about to close, browsers report as failed what they go on to send. Who is there a little later knows better.
        await new Promise(resolve => setTimeout(resolve, CLOSING_MS));
        throw error;
      });
    if (!isOwn || refusesGzip) return toSendResponse(await post(body));
    try {
      const response = await new Promise<Response>((resolve, reject) =>
        gzip.run(body, (bytes, isCompressed) => {
          isGzip = isCompressed;
          post(bytes).then(resolve, reject);
        }),
      );
      isTaken = response.ok;
      if (isTaken || !isGzip || RETRYABLE.includes(response.status)) return await toSendResponse(response);
      void response.body?.cancel();
    } finally {
      // Whatever went wrong: it may be that nobody there reads gzip.
      refusesGzip ||= isGzip && !isTaken;
    }
    isGzip = false;
    return toSendResponse(await post(body));
  };
}

function isSameOrigin(url: string): boolean {
  return new URL(url, document.baseURI).origin === self.origin;
}

async function toSendResponse(response: Response): Promise<SendResponse> {
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after') ?? undefined,
    contentType: response.headers.get('content-type'),
    body: await readStart(response),
  };
}

/** Until its answer is read or cancelled, a request counts against what `keepalive` allows. */
async function readStart({ body }: Response): Promise<Uint8Array | undefined> {
  const reader = body?.getReader();
  // The status has said whether it was taken.
  const first = await reader?.read().catch(() => undefined);
  void reader?.cancel().catch(() => {});
  return first?.value?.slice(0, MAX_RESPONSE_BYTES);
}
