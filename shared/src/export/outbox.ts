import { context } from '@opentelemetry/api';
import { diagnostics } from '../diagnostics.js';
import { guard } from '../guard.js';
import { suppressTracing } from '../suppression.js';
import { startTimer } from '../timers.js';
import type { Backend, Batch, Failure, Spool, Taken } from './backend.js';
import type { LastSend } from './last-send.js';
import { backoffMs } from './retry.js';
import { Tally } from './tally.js';

/** One attempt to send a batch, for whoever measures. */
export interface ExportAttempt {
  readonly spans: number;
  readonly bytes: number;
  readonly durationMs: number;
  /** Why it failed. */
  readonly cause: string | undefined;
}

export interface OutboxParts<B extends Batch> {
  readonly backend: Backend<B>;
  /** Of batches that wait or are on their way; what comes on top goes to the spool, or is dropped as `queue-full`. */
  readonly maxBytes: number;
  /** After so many a batch is given up. @default as many as there is time for */
  readonly maxAttempts?: number | undefined;
  readonly spool?: Spool<B> | undefined;
  readonly observe?: ((attempt: ExportAttempt) => void) | undefined;
  /** The one that the spool counts in too. */
  readonly tally?: Tally | undefined;
}

/** A batch on its way. */
interface Parcel<B> {
  readonly batch: B;
  /** Resolves when it has been delivered, given up or kept for later. */
  readonly done: Promise<void>;
  readonly settle: () => void;
  /** Others may take it from the spool again. */
  readonly isLent: boolean;
}

/** The attempts at one batch, wherever it waited in between. */
interface Failures {
  count: number;
  /** How many batches the backend had taken when this one failed first. */
  readonly takenBefore: number;
}

/** Until the next attempt after a failure. */
interface Pause {
  readonly timer: ReturnType<typeof setTimeout>;
  /** Whether the backend said for how long. */
  readonly asked: boolean;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** A batch that has failed so often, while others were taken, is itself the fault. */
const MAX_FAILURES_ALONE = 5;

/** What is kept and cannot be taken now, such as what another page has taken, may be there after this. */
const RECOVER_AGAIN_MS = 30_000;

/** Gets batches to one backend, and keeps those that it cannot take yet: in memory while there is room, in the spool where there is one. */
export class Outbox<B extends Batch> {
  readonly tally: Tally;
  readonly #parts: OutboxParts<B>;
  #packed: Parcel<B>[] = [];
  readonly #inFlight = new Set<Parcel<B>>();
  /** By batch id. */
  readonly #failed = new Map<string, Failures>();
  #spans = 0;
  #bytes = 0;
  #bytesInFlight = 0;
  /** Batches the backend has taken. */
  #taken = 0;
  #failuresInRow = 0;
  #pause: Pause | undefined;
  #recoverTimer: ReturnType<typeof setTimeout> | undefined;
  #recovering: Promise<void> | undefined;
  #leaving = false;
  #over = false;

  constructor(parts: OutboxParts<B>) {
    this.#parts = parts;
    this.tally = parts.tally ?? new Tally();
    void this.#recover();
  }

  /** Spans that wait or are on their way. */
  get spans(): number {
    return this.#spans;
  }

  /** Those kept for later too. */
  get pending(): number {
    return this.#spans + this.tally.kept;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the page may be gone any moment. */
  get isLeaving(): boolean {
    return this.#leaving;
  }

  /** Takes a batch, to be sent by the next `pump()`. */
  add(batch: B): void {
    const parcel = this.#accept(batch);
    if (this.#bytes <= this.#parts.maxBytes) this.#packed.push(parcel);
    else if (this.#parts.spool) void this.#keep([parcel]);
    else this.#giveUp(parcel, 'queue-full');
  }

  /** Sends what there is room for; what must not wait in memory goes to the spool. */
  pump(): void {
    while (!this.#pause && !this.#over && this.#packed[0] && this.#hasRoomFor(this.#packed[0].batch))
      void this.#send(this.#packed.shift() as Parcel<B>);
    this.#handOver();
  }

  /** Resolves when everything taken so far has been delivered, given up or kept for later. */
  async flush(): Promise<void> {
    if (!this.#pause?.asked) this.resume();
    await Promise.all([...this.#packed, ...this.#inFlight].map(({ done }) => done));
    if (!this.#parts.spool?.isReady) return;
    do {
      await this.#pause?.ended;
      // What runs already may have looked before the latest was kept.
      await this.#recovering;
      await this.#recover();
    } while (this.#pause && !this.#leaving);
  }

  /** Tries again now: the backend may be reachable again, or the page is back. */
  resume(): void {
    this.#leaving = false;
    this.#setPause(undefined);
    this.pump();
    void this.#recover();
  }

  /**
   * The page may not come back: sends what still can be sent, and leaves the rest to the spool. What is in flight goes on without the page.
   * @param over whether there will be no other attempt: what no spool keeps is given up
   */
  leave(over: boolean): void {
    this.#leaving = true;
    this.pump();
    this.#over = over;
    if (over && !this.#parts.spool) for (const parcel of this.#packed.splice(0)) this.#giveUp(parcel, 'unreachable');
  }

  /** The process ends with this turn: all that has not been answered is to be sent, what is in flight for the second time. */
  leaveSync(): LastSend {
    const { backend, spool } = this.#parts;
    const parcels = [...this.#inFlight, ...this.#packed.splice(0)];
    this.#inFlight.clear();
    const batches = parcels.map(({ batch }) => batch);
    const sent = batches.length ? backend.sendSync?.(batches) : undefined;
    return {
      requests: batches.flatMap(batch => backend.toExitRequest?.(batch) ?? []),
      settle: taken => {
        parcels.forEach((parcel, index) => (sent ?? taken)[index] && this.#deliver(parcel, 0));
        // Not before: it notes what was taken.
        void spool?.close();
      },
    };
  }

  #accept(batch: B, isLent = false): Parcel<B> {
    this.#spans += batch.count;
    this.#bytes += batch.bytes;
    return createParcel(batch, isLent);
  }

  #release({ batch, settle }: Parcel<B>): void {
    this.#spans -= batch.count;
    this.#bytes -= batch.bytes;
    settle();
  }

  /** A backend that has not answered yet, or failed, gets one batch at a time. */
  #hasRoomFor({ bytes }: B): boolean {
    const { maxInFlight, maxInFlightBytes, maxLeavingBytes = maxInFlightBytes } = this.#parts.backend;
    const limit = (this.#taken || this.#leaving) && !this.#failuresInRow ? maxInFlight : 1;
    if (!this.#inFlight.size) return true;
    const maxBytes = this.#leaving ? maxLeavingBytes : maxInFlightBytes;
    return this.#inFlight.size < limit && this.#bytesInFlight + bytes <= maxBytes;
  }

  async #send(parcel: Parcel<B>): Promise<void> {
    const { backend, observe } = this.#parts;
    const { count: spans, bytes } = parcel.batch;
    const startedMs = performance.now();
    this.#inFlight.add(parcel);
    this.#bytesInFlight += bytes;
    this.tally.attempts++;
    const outcome = await attempt(backend, parcel.batch);
    this.#bytesInFlight -= bytes;
    const cause = 'cause' in outcome ? outcome.cause : undefined;
    const durationMs = performance.now() - startedMs;
    guard('observing an export', () => observe?.({ spans, bytes, durationMs, cause }));
    if (!this.#inFlight.delete(parcel)) return;
    if ('cause' in outcome) this.#fail(parcel, outcome);
    else this.#deliver(parcel, outcome.rejected);
    this.pump();
  }

  #deliver(parcel: Parcel<B>, rejected: number): void {
    this.#taken++;
    this.#failuresInRow = 0;
    this.tally.lastError = undefined;
    this.tally.delivered += parcel.batch.count - rejected;
    if (rejected) this.tally.drop('rejected', rejected);
    this.#settle(parcel);
    // Whoever sees an answer is still there.
    this.#leaving = false;
    void this.#recover();
  }

  #fail(parcel: Parcel<B>, { cause, error, retry, unsent, waitMs }: Failure): void {
    this.tally.fail(error);
    const isLast = !unsent && this.#countFailure(parcel.batch);
    if (!retry || isLast || (this.#over && !this.#parts.spool)) return this.#giveUp(parcel, cause, error);
    if (this.#over) return void this.#keep([parcel]);
    diagnostics.warn('export-later', 'spans wait until their backend takes them; the app goes on', error);
    this.#packed.push(parcel);
    const delayMs = Math.max(waitMs ?? 0, backoffMs(this.#failuresInRow));
    const [ended, end] = createSignal();
    this.#setPause({ timer: startTimer(() => this.resume(), delayMs), asked: waitMs !== undefined, ended, end });
    this.#handOver();
  }

  /** Returns whether there have been enough. */
  #countFailure({ id }: B): boolean {
    const failures = this.#failed.get(id) ?? { count: 0, takenBefore: this.#taken };
    this.#failed.set(id, failures);
    this.#failuresInRow++;
    const isItself = ++failures.count >= MAX_FAILURES_ALONE && this.#taken > failures.takenBefore;
    return isItself || failures.count >= (this.#parts.maxAttempts ?? Infinity);
  }

  #setPause(pause: Pause | undefined): void {
    clearTimeout(this.#pause?.timer);
    this.#pause?.end();
    this.#pause = pause;
  }

  #giveUp(parcel: Parcel<B>, cause: string, error?: unknown): void {
    this.tally.drop(cause, parcel.batch.count, error);
    this.#settle(parcel);
  }

  #settle(parcel: Parcel<B>): void {
    this.#failed.delete(parcel.batch.id);
    this.#release(parcel);
    this.#parts.spool?.settled(parcel.batch);
  }

  /** To the spool goes what it keeps better than memory, and what is lent once it has to wait. */
  #handOver(): void {
    const { spool } = this.#parts;
    if (!spool) return;
    const stays = ({ isLent }: Parcel<B>) => !this.#leaving && (isLent ? !this.#pause : !spool.isReady);
    const parcels = this.#packed.filter(parcel => !stays(parcel));
    this.#packed = this.#packed.filter(stays);
    if (this.#leaving && this.#failuresInRow) {
      // What goes on without the page is lost if it fails, and here it would.
      parcels.push(...this.#inFlight);
      this.#inFlight.clear();
    }
    if (parcels.length) void this.#keep(parcels);
  }

  /** Hands parcels to the spool. What it cannot keep comes back, if there is room. */
  async #keep(parcels: readonly Parcel<B>[]): Promise<void> {
    for (const parcel of parcels) {
      this.tally.kept += parcel.batch.count;
      this.#release(parcel);
    }
    const refused = await this.#parts.spool?.keep(parcels.map(({ batch }) => batch));
    for (const batch of refused ?? []) {
      this.tally.kept -= batch.count;
      if (this.#over || this.#bytes + batch.bytes > this.#parts.maxBytes) this.tally.drop('not-kept', batch.count);
      else this.#packed.push(this.#accept(batch));
    }
    // Nothing else may be on its way, whose delivery would be the occasion.
    void this.#recover();
  }

  /** Delivers what the spool has from earlier pages or processes, or got from here, one batch at a time. */
  #recover(): Promise<void> {
    const { spool } = this.#parts;
    if (!spool) return Promise.resolve();
    return (this.#recovering ??= this.#deliverFrom(spool).finally(() => {
      this.#recovering = undefined;
    }));
  }

  async #deliverFrom(spool: Spool<B>): Promise<void> {
    clearTimeout(this.#recoverTimer);
    while (!this.#pause && !this.#leaving && !this.#over) {
      const batch = await spool.take();
      if (!batch) {
        if (this.tally.kept) this.#recoverTimer = startTimer(() => void this.#recover(), RECOVER_AGAIN_MS);
        break;
      }
      this.tally.kept = Math.max(0, this.tally.kept - batch.count);
      const parcel = this.#accept(batch, spool.lends);
      this.#packed.unshift(parcel);
      this.pump();
      await parcel.done;
    }
  }
}

function createParcel<B>(batch: B, isLent: boolean): Parcel<B> {
  const [done, settle] = createSignal();
  return { batch, done, settle, isLent };
}

function createSignal(): [given: Promise<void>, give: () => void] {
  let give = () => {};
  const given = new Promise<void>(resolve => {
    give = resolve;
  });
  return [given, give];
}

/** Never rejects, whatever the backend does, and is itself not traced. */
async function attempt<B extends Batch>(backend: Backend<B>, batch: B): Promise<Taken | Failure> {
  try {
    return await context.with(suppressTracing(context.active()), () => backend.send(batch));
  } catch (error) {
    return { cause: 'failed', error };
  }
}
