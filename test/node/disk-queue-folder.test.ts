import { readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCollector } from '../support/node-collector.js';
import { useDiskQueue, works } from '../support/node-disk-queue.js';
import { waitFor } from '../support/node-spans.js';

const queue = useDiskQueue();

describe('the folder of a disk queue', () => {
  it.each([
    ['a process that runs and got the same id', { pid: String(process.pid), startTime: '1' }, 0, true],
    ['a process on another host that was heard of a moment ago', { host: 'elsewhere' }, 0, false],
    ['a process on another host that is silent', { host: 'elsewhere' }, 120, true],
  ])('takes over the folder of %s: %o, silent for %d s: %s', async (_, owner, silentSeconds, isTaken) => {
    await (
      await queue.run(`work(0, 5); await turn(); die();`, { batch: { delayMs: 60_000 } })
    ).ended;
    const own = dirname((await queue.files())[0] ?? '');
    const [host, pid, startTime, uuid] = basename(own).split('.');
    const path = join(dirname(own), Object.values({ host, pid, startTime, uuid, ...owner }).join('.'));
    await rename(own, path);
    const heard = Date.now() / 1_000 - silentSeconds;
    await utimes(path, heard, heard);
    const { ended } = await queue.run(
      `const until = performance.now() + 500; while ((await flush()).delivered < 5 && performance.now() < until) await turn();`,
    );
    await ended;
    expect(queue.names()).toEqual(isTaken ? works(0, 5) : []);
  });

  it('does not disturb another one in the same folder', async () => {
    queue.collector.script(503);
    const one = await queue.run(`work(0, 5); await turn(); console.log('ready'); setInterval(() => {}, 1_000);`);
    await one.printed('ready');
    const two = await queue.run(`work(5, 5); await turn(); console.log('ready'); setInterval(() => {}, 1_000);`);
    await two.printed('ready');
    one.kill('SIGKILL');
    await one.ended;
    queue.collector.script(200);
    const heir = await queue.run(`setInterval(flush, 20);`);
    await waitFor(() => expect(queue.names()).toEqual(works(0, 10)));
    heir.kill('SIGTERM');
    expect((await heir.ended).stderr).toBe('');
    two.kill('SIGTERM');
    expect((await two.ended).stderr).not.toContain('disk');
    expect(await queue.files()).toEqual([]);
  });

  it('is one of several that find what was left, of which each folder gets one', async () => {
    queue.collector.script(503);
    for (let i = 0; i < 4; i++) await (await queue.run(`work(${i * 5}, 5); await turn(); die();`)).ended;
    queue.collector.script(200);
    const heirs = await Promise.all(Array.from({ length: 3 }, () => queue.run(`setInterval(flush, 20);`)));
    await waitFor(async () => expect([queue.names(), await queue.files()]).toEqual([works(0, 20), []]));
    for (const heir of heirs) heir.kill('SIGTERM');
    for (const heir of heirs) expect((await heir.ended).stderr).toBe('');
    expect(queue.names()).toEqual(works(0, 20));
  });

  it('keeps its files from other users', async () => {
    queue.collector.script(503);
    await (
      await queue.run(`work(0, 5); await turn(); die();`)
    ).ended;
    const [file = ''] = await queue.files();
    const modes = await Promise.all([file, join(file, '..')].map(path => stat(path).then(({ mode }) => mode & 0o077)));
    expect(modes).toEqual([0, 0]);
  });

  it('sends nothing that was meant for another backend', async () => {
    queue.collector.script(503);
    await (
      await queue.run(`work(0, 5); await turn(); die();`)
    ).ended;
    const other = await startCollector();
    await (
      await queue.run(`work(5, 5); await flush();`, { exporter: { endpoint: other.url } })
    ).ended;
    expect(other.spans).toHaveLength(5);
    await other.close();
    queue.collector.script(200);
    await queue.deliverRest();
    expect(queue.names()).toEqual(works(0, 5));
  });

  it('stays within its limit: the oldest batches go, and are counted', async () => {
    const maxBytes = 400_000;
    queue.collector.script(503);
    const child = await queue.run(
      `for (let i = 0; i < 200; i++) { work(i * 20, 20); await turn(); }
       while (!client.health().backends[0].attempts) await turn();
       console.log('health ' + JSON.stringify(client.health().backends[0]));
       while ((await flush({ timeoutMs: 50 })).pending) await turn();
       console.log('report ' + JSON.stringify(await flush()));`,
      { diskQueue: { maxBytes }, batch: { maxQueueBytes: 30_000, maxBatchSize: 50 } },
    );
    await child.line(/^health/);
    const sizes = await Promise.all((await queue.files()).map(file => stat(file).then(({ size }) => size)));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(maxBytes);
    queue.collector.script(200);
    const report = JSON.parse((await child.line(/^report/)).slice(7)) as { delivered: number; dropped: object };
    const dropped = 4_000 - report.delivered;
    expect(dropped).toBeGreaterThan(1_000);
    expect(report).toEqual({ delivered: 4_000 - dropped, pending: 0, dropped: { 'disk-full': dropped } });
    expect(queue.names()).toContain('work 3999');
    expect((await child.ended).stderr).toContain('disk-full');
  });

  it('that is beyond its limit when it is taken over loses the oldest, and counts them', async () => {
    queue.collector.script(503);
    const source = `for (let i = 0; i < 100; i++) { work(i * 20, 20); await turn(); } die();`;
    await (
      await queue.run(source, { diskQueue: { maxBytes: 4_000_000 } })
    ).ended;
    queue.collector.script(200);
    const { dropped } = await queue.deliverRest({ diskQueue: { maxBytes: 700_000 } });
    const arrived = queue.collector.spans.length;
    expect(dropped).toEqual({ 'disk-full': 2_000 - arrived });
    expect(arrived).toBeGreaterThan(0);
    expect(queue.names()).toContain('work 1999');
    expect(queue.names()).not.toContain('work 0');
  });

  it.each<[string, (data: Buffer) => Buffer]>([
    ['a tail that was torn off', data => data.subarray(0, data.length - 20)],
    [
      'a flipped bit in the middle',
      data => data.fill((data[data.length >> 1] ?? 0) ^ 1, data.length >> 1, (data.length >> 1) + 1),
    ],
    ['a block of zeros', data => data.fill(0, 2_000, 2_100)],
    ['a length that is not true', data => data.fill(255, 2_000, 2_002)],
  ])('skips %s, counts it, and delivers the rest', async (_, damage) => {
    await (
      await queue.run(`work(0, 100); await turn(); die();`, { batch: { delayMs: 60_000 } })
    ).ended;
    const [file = ''] = await queue.files();
    await writeFile(file, damage(await readFile(file)));
    const { dropped } = await queue.deliverRest();
    expect(dropped).toEqual({ 'disk-corrupt': 1 });
    expect(queue.names().length).toBeGreaterThanOrEqual(99);
    expect(works(0, 100)).toEqual(expect.arrayContaining(queue.names()));
  });

  it('delivers nothing of files that are none of its own', async () => {
    await (
      await queue.run(`work(0, 3); await turn(); die();`, { batch: { delayMs: 60_000 } })
    ).ended;
    const [file = ''] = await queue.files();
    await writeFile(join(file, '..', 'notes.txt'), 'not ours');
    await writeFile(join(file, '..', '..', 'notes.txt'), 'not ours');
    const child = await queue.run(`while ((await flush()).delivered < 3) await turn(); await shutdown();`);
    expect((await child.ended).stderr).toBe('');
    expect(queue.names()).toEqual(works(0, 3));
    expect(await queue.files()).toEqual([join(file, '..', '..', 'notes.txt')]);
  });

  it('that cannot be written is one warning, and the spans go from memory', async () => {
    const path = join(queue.folder, 'file');
    await writeFile(path, 'in the way');
    const { ended } = await queue.run('work(0, 50); await turn(); work(50, 50);', { diskQueue: { folder: path } });
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr.match(/\[agentops\]/g)).toHaveLength(1);
    expect(stderr).toContain('disk queue');
    expect(queue.names()).toEqual(works(0, 100));
  });

  it('whose folder is removed while it is used is no matter to the app', async () => {
    const { ended } = await queue.run(
      `import { rmSync } from 'node:fs';
       work(0, 50); await turn(); rmSync(${JSON.stringify(queue.folder)} + '/', { recursive: true });
       work(50, 20_000); await flush(); await shutdown();
       (await import('node:fs')).mkdirSync(${JSON.stringify(queue.folder)}, { recursive: true });`,
    );
    expect((await ended).code).toBe(0);
    expect(new Set(queue.names()).size).toBe(20_050);
  });

  it('moves a span on that stays open for long, and lets go of what surrounds it', async () => {
    const child = await queue.run(
      `await withSpan('long', { attributes: { job: 7 } }, async () => {
         for (let i = 0; i < 100; i++) { work(i * 50, 50); await turn(); await flush(); }
         console.log('ready');
         await new Promise(resolve => setTimeout(resolve, 60_000));
       });`,
      { diskQueue: { maxBytes: 800_000 } },
    );
    await child.printed('ready');
    expect((await queue.files()).length).toBeLessThanOrEqual(2);
    child.kill('SIGKILL');
    await child.ended;
    const { dropped } = await queue.deliverRest();
    expect(dropped).toEqual({});
    expect(queue.collector.spans.filter(({ name }) => name === 'long')).toMatchObject([
      { attributes: { job: 7, 'agentops.interrupted': true } },
    ]);
  });
});
