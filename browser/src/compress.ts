/** What is smaller fits into a few packets as it is. */
const MIN_BYTES = 4_096;

/** Compresses for as long as there is time. */
export interface Gzip {
  /** Aborted while the page may be gone any moment. */
  readonly stopped: AbortSignal;
  /** Calls `use` once: with `body` compressed, or as it is where that is not worth it or the page is left meanwhile. */
  run(body: Uint8Array<ArrayBuffer>, use: (body: Uint8Array<ArrayBuffer>, isGzip: boolean) => void): void;
  /** The page is being left: what is not compressed yet goes out as it is, within this call. */
  stop(): void;
  start(): void;
}

export function createGzip(): Gzip {
  const unfinished = new Set<() => void>();
  let stopping = new AbortController();
  return {
    get stopped() {
      return stopping.signal;
    },
    run(body, use) {
      if (stopping.signal.aborted || body.byteLength < MIN_BYTES) return use(body, false);
      const asItIs = () => unfinished.delete(asItIs) && use(body, false);
      unfinished.add(asItIs);
      gzip(body).then(bytes => unfinished.delete(asItIs) && use(bytes, true), asItIs);
    },
    stop() {
      stopping.abort();
      for (const asItIs of unfinished) asItIs();
    },
    start() {
      if (stopping.signal.aborted) stopping = new AbortController();
    },
  };
}

/** Rejects where the browser cannot. */
async function gzip(body: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
