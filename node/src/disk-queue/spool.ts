import { diagnostics, guard, type EncodedBatch, type Spool, type SpoolWanted } from '@agentops/shared';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import type { DiskBudget } from './budget.js';
import { startHeartbeat, type QueueFolder } from './folder.js';
import { Journal } from './journal.js';

interface DiskSpoolOptions extends Pick<SpoolWanted, 'backend' | 'tally'> {
  readonly folder: QueueFolder;
  readonly budget: DiskBudget;
}

/** A journal with the folder it is in. */
interface Place {
  readonly path: string;
  readonly journal: Journal;
}

/** A batch that was read from a journal. Encoded anew it may have become several. */
interface Taken {
  readonly place: Place;
  readonly id: string;
  parts: number;
}

/** How long to leave the folders of others alone after none of them was dead. */
const SEARCH_EVERY_MS = 30_000;

/** Keeps the spans for one backend in files: those of this process, and those that processes which are gone have left. */
export class DiskSpool implements Spool<EncodedBatch> {
  readonly #options: DiskSpoolOptions;
  readonly #own: Place;
  readonly #adopted = new Set<Place>();
  readonly #taken = new Map<string, Taken>();
  readonly #ready: EncodedBatch[] = [];
  readonly #stopHeartbeat: () => void;
  #searchedMs = -Infinity;
  #isClosed = false;

  constructor(options: DiskSpoolOptions) {
    this.#options = options;
    this.#own = this.#open(options.folder.own());
    this.#stopHeartbeat = startHeartbeat(() => this.#places.map(({ path }) => path));
  }

  started(span: ReadableSpan): void {
    guard('noting a span', () => this.#own.journal.started(span));
  }

  ended(span: ReadableSpan): void {
    guard('noting a span', () => this.#own.journal.ended(span));
  }

  packed(batches: readonly EncodedBatch[], spans: readonly ReadableSpan[]): void {
    guard('noting a batch', () => this.#own.journal.packed(batches, spans));
  }

  keep(batches: readonly EncodedBatch[]): Promise<readonly EncodedBatch[]> {
    return Promise.resolve(batches.filter(batch => !this.#keep(batch)));
  }

  async take(): Promise<EncodedBatch | undefined> {
    try {
      while (!this.#isClosed) {
        const batch = this.#ready.shift() ?? (await this.#read());
        if (batch) return batch;
        if (!(await this.#search())) return undefined;
      }
    } catch (error) {
      diagnostics.warn('disk-queue-read', 'the disk queue cannot be read; what it holds stays there for now', error);
    }
    return undefined;
  }

  settled({ id }: EncodedBatch): void {
    const taken = this.#taken.get(id);
    if (!taken) return void guard('noting a delivery', () => this.#own.journal.settled(id));
    this.#taken.delete(id);
    if (--taken.parts) return;
    guard('noting a delivery', () => taken.place.journal.settled(taken.id));
    this.#removeIfEmpty(taken.place);
  }

  /** Does so at once: it may be the last turn of the process. */
  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#stopHeartbeat();
      for (const place of this.#places) this.#leave(place);
      this.#options.folder.removeIfEmpty();
    }
    return Promise.resolve();
  }

  get #places(): Place[] {
    return [this.#own, ...this.#adopted];
  }

  #open(path: string): Place {
    const { budget, tally } = this.#options;
    const found = (spans: number) => {
      tally.kept += spans;
    };
    const lost = (cause: string, spans: number) => {
      tally.kept = Math.max(0, tally.kept - spans);
      tally.drop(cause, spans);
    };
    return { path, journal: new Journal({ folder: path, budget, found, lost }) };
  }

  #keep({ id }: EncodedBatch): boolean {
    const taken = this.#taken.get(id);
    const { journal } = taken?.place ?? this.#own;
    return guard('keeping a batch', () => journal.keep(taken?.id ?? id), false);
  }

  async #read(): Promise<EncodedBatch | undefined> {
    for (const place of this.#places) {
      const found = await place.journal.take();
      if (found) {
        this.#pack(place, found.id, found.spans);
        return this.#ready.shift();
      }
      this.#removeIfEmpty(place);
    }
    return undefined;
  }

  /** The same spans get the same id each time. */
  #pack(place: Place, id: string, spans: readonly ReadableSpan[]): void {
    const batches = this.#options.backend.pack(spans);
    const taken: Taken = { place, id, parts: batches.length };
    for (const [index, batch] of batches.entries()) {
      const named = { ...batch, id: index ? `${id}.${index}` : id };
      this.#taken.set(named.id, taken);
      this.#ready.push(named);
    }
  }

  /** Resolves with whether there is something to take now. */
  async #search(): Promise<boolean> {
    if (performance.now() - this.#searchedMs < SEARCH_EVERY_MS) return false;
    const found = await this.#options.folder.adopt();
    if (!found) {
      this.#searchedMs = performance.now();
      return false;
    }
    const place = this.#open(found.path);
    this.#adopted.add(place);
    await place.journal.recover(found.aliveMs);
    return true;
  }

  #removeIfEmpty(place: Place): void {
    if (place.journal.isEmpty && this.#adopted.delete(place)) place.journal.destroy();
  }

  #leave({ path, journal }: Place): void {
    guard('closing the disk queue', () => {
      if (journal.isEmpty) return journal.destroy();
      journal.leave(() => this.#options.folder.release(path));
    });
  }
}
