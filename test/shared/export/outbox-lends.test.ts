import { describe, it, expect } from '#runner';
import type { Failure } from '@agentops/shared/export/backend';
import { batch, BUSY, createOutbox, createSpool, TAKEN, turn } from './support.js';

describe('an outbox whose page is left while the backend fails', () => {
  it('hands over what is in flight too, and leaves it at that', async () => {
    const { spool, stored } = createSpool();
    const { outbox, sent, add, answer } = createOutbox({ spool });
    await turn();
    add('a');
    await answer(BUSY);
    outbox.resume();
    outbox.leave(false);
    expect([sent, stored.map(({ id }) => id), outbox.pending]).toEqual([['a', 'a'], ['a'], 10]);
    await answer(BUSY);
    expect([stored.length, outbox.pending, outbox.tally.dropped]).toEqual([1, 10, {}]);
  });

  it('hands over what fails after that', async () => {
    const { spool, stored } = createSpool();
    const { outbox, add, answer } = createOutbox({ spool });
    await turn();
    add('a');
    outbox.leave(false);
    await answer(BUSY);
    expect([stored.map(({ id }) => id), outbox.spans, outbox.pending]).toEqual([['a'], 0, 10]);
  });
});

describe('an outbox with a spool that lends', () => {
  it('gives back at once what it cannot deliver', async () => {
    const { spool, stored } = createSpool([batch('lent')]);
    const { outbox, sent, answer } = createOutbox({ spool: { ...spool, lends: true } });
    await turn();
    expect([sent, stored]).toEqual([['lent'], []]);
    await answer(BUSY);
    expect([stored.map(({ id }) => id), outbox.spans, outbox.pending]).toEqual([['lent'], 0, 10]);
    outbox.resume();
    await turn();
    await answer(TAKEN);
    expect([outbox.tally.delivered, outbox.pending]).toEqual([10, 0]);
  });

  it('gives back what still waits when the backend fails', async () => {
    const { spool, stored } = createSpool([batch('lent')]);
    const { sent, add, answer } = createOutbox({ spool: { ...spool, lends: true } });
    add('a');
    await turn();
    await answer(BUSY);
    expect([sent, stored.map(({ id }) => id)]).toEqual([['a'], ['lent']]);
  });
});

describe('an outbox whose page has no room for all when it is left', () => {
  const UNSENT: Failure = { ...BUSY, unsent: true };

  it('hands over what was not sent, and not what is on its way', async () => {
    const { spool, stored } = createSpool();
    const { outbox, sent, add, answer } = createOutbox({ spool });
    await turn();
    add('a', 'b', 'c');
    outbox.leave(false);
    expect(sent).toEqual(['a', 'b', 'c']);
    await answer(new Promise(() => {}) as never, UNSENT);
    expect(stored.map(({ id }) => id)).toEqual(['b']);
  });

  it('does not count that against a batch', async () => {
    const { outbox, add, answer } = createOutbox();
    add('good');
    await answer(TAKEN);
    add('large');
    for (let round = 0; round < 8; round++) {
      await answer(UNSENT);
      outbox.resume();
    }
    await answer(TAKEN);
    expect(outbox.tally).toMatchObject({ delivered: 20, dropped: {} });
  });
});

describe('an outbox with a spool that is ready', () => {
  function createReady() {
    const { spool, stored } = createSpool();
    return { stored, ...createOutbox({ spool: { ...spool, lends: true, isReady: true } }) };
  }

  it('hands over at once what it has no room to send, and delivers it before a flush is done', async () => {
    const { outbox, stored, sent, add, answer } = createReady();
    await turn();
    add('a', 'b', 'c');
    expect([sent, stored.map(({ id }) => id), outbox.spans]).toEqual([['a'], ['b', 'c'], 10]);
    const flushed = outbox.flush();
    for (let round = 0; round < 3; round++) await answer(TAKEN);
    await flushed;
    expect([sent, outbox.tally.delivered, outbox.pending]).toEqual([['a', 'b', 'c'], 30, 0]);
  });

  it('hands over at once what the backend could not take', async () => {
    const { outbox, stored, add, answer } = createReady();
    await turn();
    add('a');
    await answer(BUSY);
    add('b');
    expect([stored.map(({ id }) => id), outbox.spans, outbox.pending]).toEqual([['a', 'b'], 0, 20]);
  });

  it('flushes by waiting for the next attempt', async () => {
    const { outbox, add, answer } = createReady();
    await turn();
    add('a', 'b');
    const flushed = outbox.flush();
    await answer(BUSY);
    expect(outbox.pending).toBe(20);
    outbox.resume();
    for (let round = 0; round < 3; round++) await answer(TAKEN);
    await flushed;
    expect([outbox.tally.delivered, outbox.pending]).toEqual([20, 0]);
  });

  it('still sees which batch fails again and again while others are taken', async () => {
    const { outbox, sent, add, answer } = createReady();
    await turn();
    add('poison', 'good 1', 'good 2');
    while (outbox.pending) {
      await answer(sent.at(-1) === 'poison' ? BUSY : TAKEN);
      outbox.resume();
      await turn();
    }
    expect(outbox.tally).toMatchObject({ delivered: 20, dropped: { unreachable: 10 } });
  });
});
