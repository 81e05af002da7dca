import type { Send } from '@agentops/shared';

/** A browser lets 64 KiB of `keepalive` bodies outlive the page; a little less leaves room for headers. */
const KEEPALIVE_BYTES = 60_000;

/** @param fetch the page's own, not yet patched one */
export function createPageTransport(fetch: typeof globalThis.fetch): Send {
  return async ({ url, headers, body, timeoutMs }) => {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: body as Uint8Array<ArrayBuffer>,
      keepalive: body.byteLength <= KEEPALIVE_BYTES,
      signal: AbortSignal.timeout(Math.max(1, timeoutMs)),
    });
    // Until its answer is read or cancelled, a request counts against what `keepalive` allows.
    response.body?.cancel().catch(() => {});
    return { status: response.status, retryAfter: response.headers.get('retry-after') ?? undefined };
  };
}
