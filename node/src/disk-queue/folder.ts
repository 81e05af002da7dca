import { renameSync, rmdirSync, utimesSync } from 'node:fs';
import { readdir, rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { HEARTBEAT_MS, isDead, isLeftBy, nobodysName, ownName } from './owner.js';

/** Of the files' format: another one does not look into these folders. */
const FORMAT = 'v1';

/** Where processes keep what is meant for one destination; each queue has a folder of its own in there. */
export class QueueFolder {
  readonly #path: string;
  readonly #leaver: string;

  /**
   * @param destination its name; folders of other destinations are never touched
   * @param leaver the client, which takes nothing back that it has left: it has counted that already
   */
  constructor(folder: string, destination: string, leaver: string) {
    this.#path = join(folder, `${FORMAT}-${destination}`);
    this.#leaver = leaver;
  }

  /** A new folder's path; it is made when it is first written to. */
  own(): string {
    return join(this.#path, ownName());
  }

  /** Takes over the folder of a process that is gone; `undefined` when there is none, or another process was faster. */
  async adopt(): Promise<{ path: string; aliveMs: number } | undefined> {
    for (const name of await readdir(this.#path).catch(() => [])) {
      const from = join(this.#path, name);
      const aliveMs = await stat(from).then(
        ({ mtimeMs }) => mtimeMs,
        () => Date.now(),
      );
      if (isLeftBy(this.#leaver, name) || !isDead(name, aliveMs)) continue;
      const path = this.own();
      // Under its new name it must not look silent for a moment.
      const isOurs = await utimes(from, new Date(), new Date())
        .then(() => rename(from, path))
        .then(
          () => true,
          () => false,
        );
      if (isOurs) return { path, aliveMs };
    }
    return undefined;
  }

  /** Leaves a folder to whoever comes next; returns where it is then. */
  release(path: string): string {
    const released = join(this.#path, nobodysName(this.#leaver));
    try {
      renameSync(path, released);
      return released;
    } catch {
      // Whoever comes next finds its owner dead.
      return path;
    }
  }

  /** Removes itself unless something is in there, of this process or another one. */
  removeIfEmpty(): void {
    try {
      rmdirSync(this.#path);
    } catch {
      // It is in use, or has never been made.
    }
  }
}

/** Says that the owner of the folders lives, until the returned function is called. */
export function startHeartbeat(paths: () => readonly string[]): () => void {
  const beat = () => {
    const now = new Date();
    for (const path of paths()) {
      try {
        utimesSync(path, now, now);
      } catch {
        // It has not been made yet, or is gone.
      }
    }
  };
  const timer = setInterval(beat, HEARTBEAT_MS).unref();
  return () => clearInterval(timer);
}
