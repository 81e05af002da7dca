import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface LineFile {
  /** Appends `line` and a line break. @throws what the file system says */
  append(line: Uint8Array): Promise<void>;
  /** The same within this turn. */
  appendSync(line: Uint8Array): void;
}

/** Appending lets several processes share a file. What is read is its last byte. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** Spans tell what users do. A file that is there keeps its mode, also when it is rotated. */
const MODE = 0o600;

const LINE_BREAK = 10;

/**
 * Lines in a file, which is opened for each: it may be moved or deleted meanwhile. Without fsync.
 * @param maxBytes a file that would be larger is renamed to `<path>.1` first
 */
export function createLineFile(path: string, maxBytes: number): LineFile {
  const old = `${path}.1`;
  const isFull = (size: number, line: Uint8Array) => size > 0 && size + line.byteLength + 1 > maxBytes;

  return {
    async append(line) {
      let handle = await openOrMake(path, MODE);
      try {
        let { size, mode } = refusePipe(await handle.stat());
        if (isFull(size, line)) {
          await rename(path, old);
          await handle.close();
          handle = await open(path, FLAGS, mode);
          ({ size, mode } = await handle.stat());
        }
        const isTorn = size > 0 && (await lastByte(handle, size)) !== LINE_BREAK;
        // Not `write`, which may leave off in the middle.
        await handle.appendFile(toLine(line, isTorn));
      } finally {
        await handle.close();
      }
    },

    appendSync(line) {
      let file = openOrMakeSync(path, MODE);
      try {
        let { size, mode } = refusePipe(fstatSync(file));
        if (isFull(size, line)) {
          renameSync(path, old);
          closeSync(file);
          file = openSync(path, FLAGS, mode);
          ({ size, mode } = fstatSync(file));
        }
        const last = Buffer.alloc(1);
        const isTorn = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== LINE_BREAK;
        const bytes = toLine(line, isTorn);
        for (let written = 0; written < bytes.byteLength;) written += writeSync(file, bytes, written);
      } finally {
        closeSync(file);
      }
    },
  };
}

/** It would take a few lines, and lose them if nobody reads. */
function refusePipe(stats: Stats): Stats {
  if (stats.isFIFO()) throw new Error('a pipe is no file');
  return stats;
}

/** What a full disk, or the end of a process, has cut off becomes a line of its own. */
function toLine(line: Uint8Array, isTorn: boolean): Uint8Array {
  return Buffer.concat([Buffer.from(isTorn ? '\n' : ''), line, Buffer.from('\n')]);
}

async function lastByte(handle: FileHandle, size: number): Promise<number | undefined> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead ? buffer[0] : undefined;
}

async function openOrMake(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, FLAGS, mode);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(dirname(path), { recursive: true });
    return open(path, FLAGS, mode);
  }
}

function openOrMakeSync(path: string, mode: number): number {
  try {
    return openSync(path, FLAGS, mode);
  } catch (error) {
    if (!isMissing(error)) throw error;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, FLAGS, mode);
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
