import type { Segment } from './segment-log.js';

interface Closed {
  readonly segment: Segment;
  readonly evict: () => void;
}

/** What the segments of all backends of a process may take up on disk together. */
export class DiskBudget {
  /** Those that nothing more is written to, the oldest first. */
  readonly #closed: Closed[] = [];
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes may be exceeded by what is being written to, one segment for each backend */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of one segment: small enough that little is lost with the oldest. */
  get segmentBytes(): number {
    return Math.min(MAX_SEGMENT_BYTES, Math.ceil(this.#maxBytes / SEGMENTS_AT_LEAST));
  }

  grow(bytes: number): void {
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#closed.shift();
      if (!oldest) return;
      this.#bytes -= oldest.segment.bytes;
      oldest.evict();
    }
  }

  close(segment: Segment, evict: () => void): void {
    this.#closed.push({ segment, evict });
  }

  /** For segments that an earlier process has left. */
  adopt(segments: readonly Segment[], evict: (segment: Segment) => void): void {
    this.#closed.unshift(...segments.map(segment => ({ segment, evict: () => evict(segment) })));
    for (const { bytes } of segments) this.grow(bytes);
  }

  /** The segment is gone. */
  release(segment: Segment): void {
    const index = this.#closed.findIndex(closed => closed.segment === segment);
    if (index >= 0) this.#closed.splice(index, 1);
    this.#bytes -= segment.bytes;
  }
}

const MAX_SEGMENT_BYTES = 4 * 2 ** 20;
const SEGMENTS_AT_LEAST = 8;
