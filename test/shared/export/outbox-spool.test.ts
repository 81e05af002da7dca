import { describe, it, expect } from '#runner';
import { batch, BUSY, createOutbox, createSpool, TAKEN, turn } from './support.js';

describe('an outbox with a spool', () => {
  it('delivers what an earlier page or process left, one at a time', async () => {
    const { spool, settled } = createSpool([batch('old 1'), batch('old 2')]);
    const { outbox, sent, answer } = createOutbox({ spool });
    await turn();
    expect(sent).toEqual(['old 1']);
    await answer(TAKEN);
    await answer(TAKEN);
    expect([sent, settled]).toEqual([
      ['old 1', 'old 2'],
      ['old 1', 'old 2'],
    ]);
    expect([outbox.tally.delivered, outbox.pending]).toEqual([20, 0]);
  });

  it('hands over what does not fit in memory, and takes it back', async () => {
    const { spool, stored } = createSpool();
    const { outbox, sent, add, answer } = createOutbox({ spool, maxBytes: 1 });
    await turn();
    add('a', 'b');
    expect([stored.map(({ id }) => id), outbox.pending]).toEqual([['b'], 20]);
    await answer(TAKEN);
    expect(sent).toEqual(['a', 'b']);
    await answer(TAKEN);
    expect([outbox.pending, outbox.tally]).toMatchObject([0, { delivered: 20, dropped: {} }]);
  });

  it('delivers what alone does not fit in memory', async () => {
    const { spool } = createSpool();
    const { outbox, sent, add, answer } = createOutbox({ spool, maxBytes: 1 });
    await turn();
    add(batch('large', 2));
    await turn();
    expect(sent).toEqual(['large']);
    await answer(TAKEN);
    expect([outbox.pending, outbox.tally.delivered]).toEqual([0, 10]);
  });

  it('leaves: sends what it may, hands over the rest, and does not wait for it', async () => {
    const { spool, stored } = createSpool();
    const { outbox, sent, add } = createOutbox({ spool, maxLeavingBytes: 1 });
    await turn();
    add('a', 'b', 'c');
    outbox.leave(false);
    expect([sent, stored.map(({ id }) => id)]).toEqual([['a'], ['b', 'c']]);
    expect([outbox.spans, outbox.pending]).toEqual([10, 30]);
  });

  it('takes nothing back while the page is being left, all of it when it is back', async () => {
    const { spool } = createSpool();
    const { outbox, sent, add, answer } = createOutbox({ spool, maxLeavingBytes: 1 });
    await turn();
    add('a', 'b', 'c');
    outbox.leave(false);
    await turn();
    expect(sent).toEqual(['a']);
    outbox.resume();
    await answer(TAKEN);
    await answer(TAKEN, TAKEN);
    await answer(TAKEN);
    expect(sent).toEqual(['a', 'b', 'c']);
    expect([outbox.pending, outbox.tally.delivered]).toEqual([0, 30]);
  });

  it('goes on in a page that is hidden but alive', async () => {
    const { spool } = createSpool();
    const { outbox, sent, add, answer } = createOutbox({ spool });
    await turn();
    add('a', 'b');
    outbox.leave(false);
    await answer(TAKEN);
    await turn();
    expect(sent).toEqual(['a', 'b']);
  });

  it('sends nothing to a backend that fails when it leaves', async () => {
    const { spool, stored } = createSpool();
    const { outbox, sent, add, answer } = createOutbox({ spool });
    await turn();
    add('a');
    await answer(BUSY);
    add('b');
    outbox.leave(false);
    expect([sent, stored.map(({ id }) => id)]).toEqual([['a'], ['a', 'b']]);
  });

  it('keeps in memory what the spool refuses, while there is room', async () => {
    const { spool, stored } = createSpool([], ({ id }) => id !== 'b');
    const { outbox, add, answer } = createOutbox({ spool, maxBytes: 3, maxLeavingBytes: 1 });
    await turn();
    add('a', 'b', 'c');
    outbox.leave(false);
    add('d');
    await turn();
    expect([stored.map(({ id }) => id), outbox.tally.dropped]).toEqual([['b'], {}]);
    for (let round = 0; round < 5; round++) await answer(TAKEN);
    expect([outbox.pending, outbox.tally.delivered]).toEqual([0, 40]);
  });

  it('keeps after its end what was still in flight and failed', async () => {
    const { spool, stored } = createSpool();
    const { outbox, add, answer } = createOutbox({ spool });
    await turn();
    add('a');
    outbox.leave(true);
    await answer(BUSY);
    expect([stored.map(({ id }) => id), outbox.tally.dropped]).toEqual([['a'], {}]);
  });
});
