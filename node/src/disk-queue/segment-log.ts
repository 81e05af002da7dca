import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diagnostics } from '@agentops/shared';
import type { DiskBudget } from './budget.js';
import { maxFrameBytes, readFrames, writeFrame, type Frame } from './frame.js';

/** One file of frames. */
export interface Segment {
  /** Of the file. */
  readonly name: string;
  bytes: number;
  /** How many spans it holds that have not settled. */
  live: number;
}

/** Written at once when so much has come together within one turn. */
const BUFFER_BYTES = 65_536;

/** Spans may hold what the user's users said. */
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

/**
 * Frames of one folder, appended to segments in turn. What has been appended is in the file before the event loop runs its next callback;
 * there is no fsync. The first fault of the disk ends the writing for good, with one warning.
 */
export class SegmentLog {
  #folder: string;
  readonly #budget: DiskBudget;
  readonly #onEvict: (segment: Segment) => void;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #filled = 0;
  #isScheduled = false;
  #file: number | undefined;
  #current: Segment | undefined;
  #nextName = 1;
  #recovered: readonly Segment[] = [];
  #closed = false;
  #isLeft = false;
  /** The oldest first, with the one that is written to. */
  readonly segments: Segment[] = [];

  constructor(folder: string, budget: DiskBudget, onEvict: (segment: Segment) => void) {
    this.#folder = folder;
    this.#budget = budget;
    this.#onEvict = onEvict;
  }

  get isWritable(): boolean {
    return !this.#closed;
  }

  get current(): Segment | undefined {
    return this.#current;
  }

  /** The segment that takes that many bytes more. */
  segmentFor(bytes: number): Segment | undefined {
    if (this.#closed) return undefined;
    const isFull = this.#current && this.#current.bytes + this.#filled + bytes > this.#budget.segmentBytes;
    if (!this.#current || isFull) this.#rotate();
    return this.#current;
  }

  /** To the current segment. */
  append(frame: Frame): void {
    const maxBytes = maxFrameBytes(frame);
    if (this.#filled + maxBytes > BUFFER_BYTES) this.flush();
    if (maxBytes > BUFFER_BYTES) {
      const large = Buffer.allocUnsafe(maxBytes);
      return this.#write(large.subarray(0, writeFrame(large, 0, frame)));
    }
    this.#filled = writeFrame(this.#buffer, this.#filled, frame);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  flush(): void {
    const filled = this.#filled;
    this.#filled = 0;
    if (filled) this.#write(this.#buffer.subarray(0, filled));
  }

  async read(segment: Segment): Promise<Buffer> {
    if (segment === this.#current) this.flush();
    return readFile(this.#pathOf(segment));
  }

  readSync(segment: Segment): Buffer {
    return readFileSync(this.#pathOf(segment));
  }

  /** Deletes a segment other than the current one. */
  remove(segment: Segment): void {
    this.segments.splice(this.segments.indexOf(segment), 1);
    this.#budget.release(segment);
    remove(this.#pathOf(segment));
  }

  /** Takes over what an earlier process wrote, visiting all of it; resolves with the number of damaged places, and the time of the last write. */
  async recover(visit: (frame: Frame, segment: Segment) => void): Promise<{ damaged: number; writtenMs: number }> {
    let damaged = 0;
    let writtenMs = 0;
    for (const name of (await readdir(this.#folder)).filter(isSegmentName).sort()) {
      const segment = { name, bytes: 0, live: 0 };
      const path = this.#pathOf(segment);
      const data = await readFile(path);
      segment.bytes = data.length;
      this.segments.push(segment);
      this.#nextName = Number.parseInt(name, 10) + 1;
      writtenMs = Math.max(writtenMs, (await stat(path)).mtimeMs);
      damaged += readFrames(data, frame => visit(frame, segment));
    }
    this.#recovered = [...this.segments];
    return { damaged, writtenMs };
  }

  /** Counts what was recovered towards the limit, which may be the end of some of it. */
  admit(): void {
    this.#budget.adopt(this.#recovered, segment => this.#evict(segment));
  }

  /** Nothing more is written. */
  close(): void {
    this.flush();
    this.#closed = true;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    // What it has left keeps the log in memory, see `leaveAt`.
    this.#buffer = NOTHING;
  }

  /** It is closed, and its folder somebody else's to take; until then the limit holds for what is in there. */
  leaveAt(folder: string): void {
    this.#folder = folder;
    this.#isLeft = true;
    const last = this.#current;
    if (last) this.#budget.close(last, () => this.#evict(last));
  }

  /** Removes the folder with all in it. */
  destroy(): void {
    this.close();
    for (const segment of this.segments.splice(0)) this.#budget.release(segment);
    remove(this.#folder);
  }

  #rotate(): void {
    this.flush();
    const before = this.#current;
    this.#attempt(() => {
      mkdirSync(this.#folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
      const name = `${String(this.#nextName++).padStart(NAME_DIGITS, '0')}${EXTENSION}`;
      const file = openSync(join(this.#folder, name), 'ax', OWNER_ONLY_FILE);
      if (this.#file !== undefined) closeSync(this.#file);
      this.#file = file;
      this.#current = { name, bytes: 0, live: 0 };
      this.segments.push(this.#current);
    });
    if (before && before !== this.#current) this.#budget.close(before, () => this.#evict(before));
  }

  #evict(segment: Segment): void {
    this.segments.splice(this.segments.indexOf(segment), 1);
    const path = this.#pathOf(segment);
    // Not lost but taken over, and another process's to count.
    if (this.#isLeft && !existsSync(path)) return;
    remove(this.#isLeft && !this.segments.length ? this.#folder : path);
    this.#onEvict(segment);
  }

  #pathOf({ name }: Segment): string {
    return join(this.#folder, name);
  }

  #write(data: Buffer): void {
    const segment = this.#current;
    if (this.#closed || !segment) return;
    this.#attempt(() => {
      for (let at = 0; at < data.length;) at += writeSync(this.#file as number, data, at);
      segment.bytes += data.length;
      this.#budget.grow(data.length);
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#closed = true;
      diagnostics.warn('disk-queue', 'the disk queue cannot be written; spans wait in memory only from now on', error);
    }
  }
}

const EXTENSION = '.spans';
const NAME_DIGITS = 10;
const NOTHING = Buffer.alloc(0);

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    // Whoever adopts the folder tries again.
    diagnostics.debug(`${path} could not be removed`, error);
  }
}

function isSegmentName(name: string): boolean {
  return name.endsWith(EXTENSION);
}
