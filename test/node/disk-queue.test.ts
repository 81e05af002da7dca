import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { useDiskQueue, works } from '../support/node-disk-queue.js';

const queue = useDiskQueue();

describe('a process with a disk queue', () => {
  it.each([
    '',
    'process.exit(0);',
    'await shutdown();',
    `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1_000);`,
  ])('leaves nothing behind when all is delivered: %s', async end => {
    const { ended } = await queue.run(`work(0, 10); ${end}`);
    expect((await ended).stderr).toBe('');
    expect(queue.names()).toEqual(works(0, 10));
    expect(await queue.entries()).toEqual([]);
  });

  it('makes no file before there is a span', async () => {
    const { ended } = await queue.run('await turn();');
    expect((await ended).stderr).toBe('');
    expect(await readdir(queue.folder)).toEqual([]);
  });

  it('keeps on disk what has no room in memory while the collector is dead, and delivers it when it is back', async () => {
    queue.collector.script(503);
    const child = await queue.run(
      `for (let i = 0; i < 100; i++) { work(i * 20, 20); await turn(); }
       while (!client.health().backends[0].attempts) await turn();
       console.log('health ' + JSON.stringify(client.health().backends[0]));
       while ((await flush({ timeoutMs: 50 })).pending) await turn();
       console.log(JSON.stringify(await flush()));`,
      { batch: { maxQueueBytes: 30_000, maxBatchSize: 50 } },
    );
    const health = JSON.parse((await child.line(/^health/)).slice(7)) as { pending: number; queuedBytes: number };
    expect(health).toMatchObject({ pending: 2_000, dropped: {} });
    // And one batch that has come back from the disk.
    expect(health.queuedBytes).toBeLessThan(45_000);
    queue.collector.script(200);
    const { stdout } = await child.ended;
    expect(stdout.trim().split('\n').at(-1)).toBe('{"delivered":2000,"pending":0,"dropped":{}}');
    expect(queue.names()).toEqual(works(0, 2_000));
    expect(await queue.files()).toEqual([]);
  });

  it.each([
    ['die();', 'http/protobuf', 'http/protobuf'],
    ['process.exit(0);', 'http/protobuf', 'http/json'],
    ['await shutdown({ timeoutMs: 50 });', 'http/json', 'http/protobuf'],
  ])('that ends before it could deliver (%s %s) leaves it to the next one (%s)', async (end, protocol, next) => {
    queue.collector.script(503);
    const { ended } = await queue.run(
      `work(0, 1_200);
       await withSpan('caught', async span => {
         span.addEvent('half', { n: 1 }).setStatus({ code: 2, message: 'bad' });
         span.recordException(new TypeError('odd'));
       });
       while (!client.health().backends[0].attempts) await turn();
       work(1_200, 3);
       await turn();
       ${end}`,
      { exporter: { protocol } },
    );
    await ended;
    queue.collector.script(200);
    expect(await queue.deliverRest({ exporter: { protocol: next } })).toEqual({ dropped: {}, stderr: '' });
    expect(queue.names()).toEqual(['caught', ...works(0, 1_203)]);
    expect(queue.collector.spans.find(({ name }) => name === 'caught')).toMatchObject({
      service: 'queueing',
      scope: { name: 'agentops' },
      status: { code: 'error', message: 'bad' },
      events: [{ name: 'half', attributes: { n: 1 } }, { name: 'exception' }],
    });
    expect(queue.collector.spans.filter(span => 'agentops.interrupted' in span.attributes)).toEqual([]);
  });

  it('writes nothing there that its backend is not to see, and forgets spans that it does not get', async () => {
    queue.collector.script(503);
    const exporter = { redact: ['user.*', 'exception.*'], filter: { drop: [{ name: 'between' }] } };
    const { ended } = await queue.run(
      `withSpan('outer', { attributes: { 'user.email': 'secret@a.test' } }, span => {
         span.setAttribute('user.name', 'secret name');
         withSpan('between', () => withSpan('inner', () => {}));
       });
       try { withSpan('failed', () => { throw new Error('secret of an exception'); }); } catch {}
       while (!client.health().backends[0].attempts) await turn();
       await turn();
       die();`,
      { exporter },
    );
    await ended;
    const written = (await Promise.all((await queue.files()).map(file => readFile(file, 'latin1')))).join('');
    expect(written).toContain('outer');
    expect(written).not.toContain('secret');
    queue.collector.script(200);
    expect(await queue.deliverRest({ exporter })).toEqual({ dropped: {}, stderr: '' });
    expect(queue.names()).toEqual(['failed', 'inner', 'outer']);
    const [failed, inner, outer] = queue.names().map(name => queue.collector.spans.find(span => span.name === name));
    expect(inner?.parentSpanId).toBe(outer?.spanId);
    expect(outer?.attributes).toMatchObject({ 'user.email': '[redacted]', 'user.name': '[redacted]' });
    expect(failed?.status).toEqual({ code: 'error', message: '[redacted]' });
  });

  it('sends a batch under the id it had in the process before', async () => {
    queue.collector.script('hang');
    const { ended } = await queue.run(
      `work(0, 10); while (!client.health().backends[0].attempts) await turn(); await turn(); die();`,
    );
    await ended;
    queue.collector.script(200);
    await queue.deliverRest();
    const [first, second] = queue.collector.exports.map(({ headers }) => headers['agentops-batch-id']);
    expect([queue.collector.exports.length, second]).toEqual([2, first]);
  });

  it('sends nothing again that was taken', async () => {
    await (
      await queue.run(`work(0, 5); await flush(); work(5, 5); await turn(); die();`, { batch: { delayMs: 60_000 } })
    ).ended;
    expect(queue.names()).toEqual(works(0, 5));
    await queue.deliverRest();
    expect(queue.names()).toEqual(works(0, 10));
  });

  it('has the spans that were open when it was killed arrive as interrupted, with what they started with', async () => {
    const { ended } = await queue.run(
      `withSpan('outer', { attributes: { job: 7 } }, () => withSpan('inner', async () => { await turn(); console.log(Date.now()); die(); }));`,
    );
    const killedMs = Number((await ended).stdout);
    await queue.deliverRest();
    const [inner, outer] = ['inner', 'outer'].map(name => queue.collector.spans.find(span => span.name === name));
    expect([inner?.name, inner?.parentSpanId]).toEqual(['inner', outer?.spanId]);
    expect(outer).toMatchObject({
      name: 'outer',
      attributes: { job: 7, 'agentops.interrupted': true },
      status: { code: 'error', message: 'the process ended before the span' },
    });
    const endedMs = (outer?.startMs ?? 0) + (outer?.durationMs ?? 0);
    expect(Math.abs(endedMs - killedMs)).toBeLessThan(1_000);
  });
});
