import type { Backend, Batch, Failure, Spool, Taken } from '@agentops/shared/export/backend';
import { Outbox, type ExportAttempt } from '@agentops/shared/export/outbox';

export const TAKEN: Taken = { rejected: 0 };
export const BUSY: Failure = { cause: 'unreachable', error: new Error('busy'), retry: true };
export const REFUSED: Failure = { cause: 'rejected', error: new Error('no') };

/** Everything that is ready to run has run. */
export const turn = () => new Promise<void>(resolve => setTimeout(resolve));

export const batch = (id: string, bytes = 1): Batch => ({ id, count: 10, bytes });

export function createSpool(stored: Batch[] = [], refuse: (batch: Batch) => boolean = () => false) {
  const settled: string[] = [];
  const spool: Spool<Batch> = {
    keep: batches => {
      stored.push(...batches.filter(each => !refuse(each)));
      return Promise.resolve(batches.filter(refuse));
    },
    take: () => Promise.resolve(stored.shift()),
    settled: ({ id }) => void settled.push(id),
    close: () => Promise.resolve(),
  };
  return { spool, stored, settled };
}

interface Setup extends Partial<Backend<Batch>> {
  maxBytes?: number;
  spool?: Spool<Batch>;
}

/** An outbox to a backend that keeps what it is sent until `answer` answers. */
export function createOutbox({ maxBytes = 1_000, spool, ...backend }: Setup = {}) {
  const sent: string[] = [];
  const waiting: ((outcome: Taken | Failure) => void)[] = [];
  const attempts: ExportAttempt[] = [];
  const outbox = new Outbox({
    backend: {
      name: 'backend',
      maxInFlight: 3,
      maxInFlightBytes: 100,
      pack: () => [],
      send: ({ id }) => {
        sent.push(id);
        return new Promise(resolve => waiting.push(resolve));
      },
      shutdown: () => Promise.resolve(),
      ...backend,
    },
    maxBytes,
    spool,
    observe: attempt => attempts.push(attempt),
  });
  const add = (...batches: (string | Batch)[]) => {
    for (const each of batches) outbox.add(typeof each === 'string' ? batch(each) : each);
    outbox.pump();
  };
  const answer = async (...outcomes: (Taken | Failure)[]) => {
    for (const outcome of outcomes) waiting.shift()?.(outcome);
    await turn();
  };
  return { outbox, sent, attempts, add, answer };
}
