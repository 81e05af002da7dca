import {
  BATCH_ID_HEADER,
  MAX_RESPONSE_BYTES,
  NOT_SENT,
  RETRYABLE,
  type Send,
  type SendResponse,
} from '@agentops/shared';
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
  /** Of all backends: the browser refuses what goes beyond. */
  let keepaliveBytes = 0;
  return async ({ url, headers, body, timeoutMs, onKept }) => {
    const timeout = AbortSignal.timeout(Math.max(1, timeoutMs));
    const isOwn = isSameOrigin(url);
    const sent: Record<string, string> = { ...headers };
    if (!isOwn) delete sent[BATCH_ID_HEADER];
    const post = async (bytes: Uint8Array<ArrayBuffer>, isGzip = false): Promise<SendResponse> => {
      const { stopped } = gzip;
      const size = bytes.byteLength;
      const keepalive = keepaliveBytes + size <= KEEPALIVE_BYTES;
      // Nobody would see it fail, so it goes to the spool. A page that stays tries: a collector on this machine needs no network.
      if (stopped.aborted && !(keepalive && navigator.onLine)) return { status: NOT_SENT };
      // What ends with the page goes to the spool while there is a page.
      const signal = keepalive ? timeout : AbortSignal.any([timeout, stopped]);
      // In Firefox a request that was under way when the page went into the back/forward cache never ends, aborted or not.
      const aborted = new Promise<never>((_, reject) => {
        signal.onabort = () => reject(signal.reason as Error);
      });
      // Nobody may be waiting for it any more, or yet.
      aborted.catch(() => {});
      if (keepalive) keepaliveBytes += size;
      try {
        const request = fetch(url, {
          method: 'POST',
          headers: { ...sent, ...(isGzip && { 'content-encoding': 'gzip' }) },
          body: bytes,
          keepalive,
          // Followed, it would become a GET without the spans, which many pages answer with 200.
          redirect: 'manual',
          signal,
        });
        if (keepalive) onKept?.();
        return await toSendResponse(await Promise.race([request, aborted]), aborted);
      } catch (error) {
        // To a page that is about to close, browsers report as failed what they go on to send. Who is there a little later knows better.
        if (keepalive) await new Promise(resolve => setTimeout(resolve, CLOSING_MS));
        throw error;
      } finally {
        if (keepalive) keepaliveBytes -= size;
      }
    };
    if (!isOwn || refusesGzip) return post(body);
    let isGzip = false;
    let isTaken = false;
    try {
      const response = await new Promise<SendResponse>((resolve, reject) =>
        gzip.run(body, (bytes, isCompressed) => {
          isGzip = isCompressed;
          post(bytes, isGzip).then(resolve, reject);
        }),
      );
      const { status } = response;
      isTaken = status >= 200 && status < 300;
      if (isTaken || !isGzip || status === NOT_SENT || RETRYABLE.includes(status)) return response;
    } finally {
      // Whatever went wrong: it may be that nobody there reads gzip.
      refusesGzip ||= isGzip && !isTaken;
    }
    return post(body);
  };
}

function isSameOrigin(url: string): boolean {
  return new URL(url, document.baseURI).origin === self.origin;
}

async function toSendResponse(response: Response, aborted: Promise<never>): Promise<SendResponse> {
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after') ?? undefined,
    contentType: response.headers.get('content-type'),
    body: await readStart(response, aborted),
  };
}

/** Until its answer is read or cancelled, a request counts against what `keepalive` allows. */
async function readStart({ body }: Response, aborted: Promise<never>): Promise<Uint8Array | undefined> {
  const reader = body?.getReader();
  // The status has said whether it was taken.
  const first = reader && (await Promise.race([reader.read(), aborted]).catch(() => undefined));
  void reader?.cancel().catch(() => {});
  return first?.value?.slice(0, MAX_RESPONSE_BYTES);
}
