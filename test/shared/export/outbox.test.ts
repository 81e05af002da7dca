import { describe, it, expect } from '#runner';
import { batch, BUSY, createOutbox, REFUSED, TAKEN, turn } from './support.js';

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

describe('an outbox', () => {
  it('sends one batch until the backend has taken it, then several at once', async () => {
    const { sent, add, answer } = createOutbox();
    add('a', 'b', 'c', 'd', 'e', 'f');
    expect(sent).toEqual(['a']);
    await answer(TAKEN);
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
    await answer(TAKEN);
    expect(sent).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('has no more bytes in flight than the backend is given at a time', async () => {
    const { sent, add, answer } = createOutbox();
    add('a', batch('b', 60), batch('c', 40), batch('d', 1), batch('huge', 5_00));
    await answer(TAKEN);
    expect(sent).toEqual(['a', 'b', 'c']);
    await answer(TAKEN, TAKEN);
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
    await answer(TAKEN);
    expect(sent.at(-1)).toBe('huge');
  });

  it('sends more at once while the page is being left, also before the first answer', () => {
    const { outbox, sent, add } = createOutbox({ maxInFlightBytes: 30, maxLeavingBytes: 60 });
    add(batch('a', 30), batch('b', 30), batch('c', 30));
    expect(sent).toEqual(['a']);
    outbox.leave(false);
    expect(sent).toEqual(['a', 'b']);
  });

  it('keeps what a backend cannot take, and sends it again', async () => {
    const { outbox, sent, add, answer } = createOutbox();
    add('a', 'b');
    await answer(BUSY);
    expect(sent).toEqual(['a']);
    expect([outbox.pending, outbox.tally.dropped]).toEqual([20, {}]);
    const flushed = outbox.flush();
    await answer(TAKEN);
    await answer(TAKEN);
    await flushed;
    expect([...sent].sort()).toEqual(['a', 'a', 'b']);
    expect([outbox.pending, outbox.tally.delivered]).toEqual([0, 20]);
  });

  it('tries again by itself', async () => {
    const { random } = Math;
    Math.random = () => 0;
    try {
      const { sent, add, answer } = createOutbox();
      add('a');
      await answer(BUSY);
      await until(() => sent.length === 2);
      expect(sent).toEqual(['a', 'a']);
    } finally {
      Math.random = random;
    }
  });

  it('asks no sooner than the backend says, not for a flush either', async () => {
    const { outbox, sent, add, answer } = createOutbox();
    add('a');
    await answer({ ...BUSY, waitMs: 60_000 });
    void outbox.flush();
    await turn();
    expect(sent).toEqual(['a']);
    outbox.resume();
    expect(sent).toEqual(['a', 'a']);
  });

  it('gives up what is refused, and goes on', async () => {
    const { outbox, sent, add, answer } = createOutbox();
    add('a', 'b');
    await answer(REFUSED);
    expect(sent).toEqual(['a', 'b']);
    expect(outbox.tally.dropped).toEqual({ rejected: 10 });
  });

  it('gives up a batch that fails again and again while others are taken', async () => {
    const { outbox, add, sent } = createOutbox({
      send: ({ id }) => Promise.resolve(id === 'poison' ? BUSY : TAKEN),
    });
    add('poison');
    for (let round = 0; round < 20 && outbox.pending; round++) {
      add(`fine ${round}`);
      outbox.resume();
      await turn();
    }
    expect(sent).toEqual([]);
    expect(outbox.pending).toBe(0);
    expect(outbox.tally.dropped).toEqual({ unreachable: 10 });
  });

  it('does not give up a batch while nothing is taken', async () => {
    const { outbox, add } = createOutbox({ send: () => Promise.resolve(BUSY) });
    add('a');
    for (let round = 0; round < 20; round++) {
      outbox.resume();
      await turn();
    }
    expect([outbox.pending, outbox.tally.failures > 10]).toEqual([10, true]);
  });

  it('counts what a backend took only in part', async () => {
    const { outbox, add, answer } = createOutbox();
    add('a');
    await answer({ rejected: 4 });
    expect([outbox.tally.delivered, outbox.tally.dropped, outbox.pending]).toEqual([6, { rejected: 4 }, 0]);
  });

  it('is bounded in bytes, and counts what comes on top', () => {
    const { outbox, add } = createOutbox({ maxBytes: 10 });
    add(batch('a', 6), batch('b', 4), batch('c', 1));
    expect([outbox.spans, outbox.bytes, outbox.tally.dropped]).toEqual([20, 10, { 'queue-full': 10 }]);
  });

  it('survives a backend that throws and an observer that throws', async () => {
    const { outbox, add } = createOutbox({
      send: () => {
        throw new Error('broken');
      },
    });
    add('a');
    await turn();
    expect(outbox.tally.dropped).toEqual({ failed: 10 });
  });

  it('tells of every attempt', async () => {
    const { add, answer, attempts } = createOutbox();
    add('a', batch('b', 7));
    await answer(TAKEN);
    await answer(REFUSED);
    expect(attempts.map(({ durationMs, ...rest }) => ({ ...rest, timed: durationMs >= 0 }))).toEqual([
      { spans: 10, bytes: 1, cause: undefined, timed: true },
      { spans: 10, bytes: 7, cause: 'rejected', timed: true },
    ]);
  });
});

describe('an outbox without a spool', () => {
  it('gives up at its end what is left', async () => {
    const { outbox, add, answer, sent } = createOutbox({ maxLeavingBytes: 1 });
    add('a', 'b');
    outbox.leave(true);
    expect(outbox.tally.dropped).toEqual({ unreachable: 10 });
    await answer(BUSY);
    expect([outbox.tally.dropped, outbox.pending, sent]).toEqual([{ unreachable: 20 }, 0, ['a']]);
  });

  it('keeps everything in memory when the page is only hidden', async () => {
    const { outbox, add, answer, sent } = createOutbox();
    add('a', 'b');
    outbox.leave(false);
    await answer(TAKEN);
    expect(sent).toEqual(['a', 'b']);
  });
});

describe('the last turn of a process', () => {
  it('hands out what has not been answered, in flight or not, and counts what was taken', () => {
    const { outbox, add } = createOutbox({
      toExitRequest: ({ id }) => ({ url: `https://backend.example/${id}`, headers: {}, body: new Uint8Array() }),
    });
    add('a', 'b', 'c');
    const { requests, settle } = outbox.leaveSync();
    expect(requests.map(({ url }) => url.slice(-1))).toEqual(['a', 'b', 'c']);
    expect([outbox.tally.delivered, outbox.pending]).toEqual([0, 30]);
    settle([true, false, true]);
    expect([outbox.tally.delivered, outbox.pending]).toEqual([20, 10]);
  });

  it('sends it at once where the backend can, and hands out nothing', () => {
    const asked: string[][] = [];
    const { outbox, add } = createOutbox({
      sendSync: batches => {
        asked.push(batches.map(({ id }) => id));
        return batches.map(({ id }) => id !== 'b');
      },
    });
    add('a', 'b', 'c');
    const { requests, settle } = outbox.leaveSync();
    expect(requests).toEqual([]);
    settle([]);
    expect(asked).toEqual([['a', 'b', 'c']]);
    expect([outbox.tally.delivered, outbox.pending]).toEqual([20, 10]);
  });

  it('asks for nothing when there is nothing', () => {
    let asked = 0;
    const { outbox } = createOutbox({ sendSync: () => (asked++, []) });
    outbox.leaveSync();
    expect(asked).toBe(0);
  });
});
