import { createServer } from 'node:https';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';
import { createPrograms, type Programs } from '../support/node-child.js';
import { closeServers, listen } from '../support/node-servers.js';
import { waitFor } from '../support/node-spans.js';
import { tls } from '../support/node-tls.js';

const DEADLINE_MS = 2_000;
/** What a busy machine adds to start and end. */
const SLACK_MS = 4_000;

const START = `import { init, withSpan } from '@agentops/node';
init({ serviceName: 'child', endpoint: process.env.COLLECTOR, telemetry: { batch: { delayMs: 60_000, maxBatchSize: 2 } } });
withSpan('work', () => {});
`;
const WORKERS_COUNTED = `import { createRequire, syncBuiltinESMExports } from 'node:module';
const threads = createRequire(import.meta.url)('node:worker_threads');
let count = 0;
const { Worker } = threads;
threads.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    count++;
  }
};
syncBuiltinESMExports();
process.on('exit', () => console.log('workers: ' + count));
`;

let programs: Programs;
let collector: Collector;

beforeAll(async () => {
  programs = await createPrograms();
});
afterAll(() => programs.remove());

beforeEach(async () => {
  collector = await startCollector();
});
afterEach(async () => {
  await collector.close();
  await closeServers();
});

const start = (source: string, env: Record<string, string> = {}) =>
  programs.start(source, { env: { COLLECTOR: collector.url, ...env } });
const names = () => collector.spans.map(span => span.name);

describe('a process that ends at once', () => {
  it.each(['process.exit(0);', ''])('and still finds out where it runs has delivered, without that: %s', async end => {
    const detectors = `[{ detect: () => ({ attributes: { 'host.id': new Promise(() => {}), zone: 'a' } }) }]`;
    const { ended } = await start(
      `${START.replace('telemetry: {', `telemetry: { resourceDetectors: ${detectors},`)}${end}`,
    );
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect(names()).toEqual(['work']);
  });

  it.each([
    ['process.exit(3)', 3, ''],
    [`throw new Error('the app’s own')`, 1, 'the app’s own'],
    [`Promise.reject(new Error('the app’s own'))`, 1, 'the app’s own'],
    [`setImmediate(() => { throw new Error('the app’s own'); })`, 1, 'the app’s own'],
    [`process.on('uncaughtException', () => process.exit(9)); throw new Error()`, 9, ''],
  ])('by %s has delivered, and ends as without us', async (end, code, stderr) => {
    const { ended } = await start(`${START}${end};`);
    expect(await ended).toMatchObject({ code, signal: null, stderr: expect.stringContaining(stderr) });
    expect(names()).toEqual(['work']);
  });

  it('delivers several batches, and spans that end in a listener of `exit` before ours', async () => {
    const { ended } = await start(`
      process.on('exit', () => withSpan('goodbye', () => {}));
      ${START}
      for (let i = 0; i < 9; i++) withSpan('work', () => {});
      process.exit(3);`);
    expect((await ended).code).toBe(3);
    expect(names().sort()).toEqual(['goodbye', ...Array<string>(10).fill('work')]);
    expect(collector.exports).toHaveLength(6);
  });

  it('sends what is on its way once more, under the same id', async () => {
    collector.script('hang', 200);
    const { ended } = await start(`${START} withSpan('work', () => {}); setInterval(() => {}, 1_000);
      import { createServer } from 'node:http';
      createServer(() => process.exit(3)).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`).then(
      async child => {
        await waitFor(() => expect(collector.exports).toHaveLength(1));
        const port = await child.line(/^\d+$/);
        await fetch(`http://127.0.0.1:${port}`).catch(() => {});
        return child;
      },
    );
    expect((await ended).code).toBe(3);
    expect(names()).toEqual(['work', 'work']);
    const ids = collector.exports.map(({ headers }) => headers['agentops-batch-id']);
    expect(ids).toEqual([ids[0], ids[0]]);
  });

  it('delivers to https', async () => {
    const requests: string[] = [];
    const server = createServer(tls, (request, response) => {
      requests.push(request.url ?? '');
      request.resume().on('end', () => response.end());
    });
    const url = await listen(server);
    const { ended } = await start(`${START} process.exit(3);`, { COLLECTOR: url, NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect((await ended).code).toBe(3);
    expect(requests).toEqual(['/v1/traces']);
  });

  it('starts no thread when there is nothing to send', async () => {
    const quiet = START.replace(/withSpan\('work.*/, '');
    expect(await (await start(`${WORKERS_COUNTED}${quiet} process.exit(3);`)).ended).toMatchObject({
      code: 3,
      stdout: 'workers: 0\n',
    });
    const delivered = START.replace('init,', 'init, flush,');
    expect(await (await start(`${WORKERS_COUNTED}${delivered} await flush(); process.exit(3);`)).ended).toMatchObject({
      code: 3,
      stdout: 'workers: 0\n',
    });
    expect(names()).toEqual(['work']);
  });

  it.each([{ NODE_OPTIONS: true }, { NODE_OPTIONS: false }])(
    'is not traced by the thread that sends, when it was registered at start: %o',
    async ({ NODE_OPTIONS }) => {
      const app = `import { createServer, get } from 'node:http';
        const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1', () =>
          get({ port: server.address().port, family: 4 }, response => response.resume().on('close', () => setImmediate(() => process.exit(3)))));`;
      const child = await programs.start(app, {
        registered: NODE_OPTIONS ? 'by environment' : true,
        env: { AGENTOPS_ENDPOINT: collector.url },
      });
      expect(await child.ended).toMatchObject({ code: 3, stderr: '' });
      expect(collector.spans.map(({ kind }) => kind).sort()).toEqual(['client', 'server']);
    },
  );

  it('delivers from a worker thread too, and leaves the process alone', async () => {
    const { ended } = await start(`
      import { isMainThread, Worker } from 'node:worker_threads';
      if (isMainThread) new Worker(new URL(import.meta.url)).on('exit', code => console.log('thread ended with ' + code));
      else {
        ${START.replace("import { init, withSpan } from '@agentops/node';", "const { init, withSpan } = await import('@agentops/node');")}
        process.exit(3);
      }`);
    expect(await ended).toMatchObject({ code: 0, stdout: 'thread ended with 3\n' });
    expect(names()).toEqual(['work']);
  });
});

describe('a process that ends at once, and whose collector does not take spans', () => {
  it.each(['hang', 'slow', 'garbage', 'dead', 500, 503] as const)(
    'is not held up past the deadline: %s',
    async answer => {
      collector.script(answer);
      const { ended } = await start(`${START} process.exit(3);`);
      const end = await ended;
      expect(end).toMatchObject({ code: 3, signal: null });
      expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
    },
  );

  it('ends with its code when nobody listens', async () => {
    const { url } = collector;
    await collector.close();
    const { ended } = await start(`${START} process.exit(3);`, { COLLECTOR: url });
    const end = await ended;
    expect(end.code).toBe(3);
    expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });

  it('delivers to the one that does, within the same deadline', async () => {
    const deaf = await startCollector();
    deaf.script('hang');
    const { ended } = await start(
      `import { init, withSpan } from '@agentops/node';
       const exporters = [process.env.DEAF, process.env.DEAF + '/2', process.env.COLLECTOR].map(endpoint => ({ type: 'otlp', endpoint }));
       init({ serviceName: 'child', telemetry: { exporters, batch: { delayMs: 60_000 } } });
       withSpan('work', () => {});
       process.exit(3);`,
      { DEAF: deaf.url },
    );
    const end = await ended;
    await deaf.close();
    expect(end.code).toBe(3);
    expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
    expect(names()).toEqual(['work']);
  });

  it('ends as the app says where an exporter of its own throws', async () => {
    const { ended } = await start(`import { init, withSpan } from '@agentops/node';
      const exporter = { export() { throw new Error('broken'); }, shutdown() { throw new Error('broken'); } };
      init({ serviceName: 'child', telemetry: { exporters: [exporter] } });
      withSpan('work', () => {});
      process.exit(3);`);
    expect(await ended).toMatchObject({ code: 3, stderr: '' });
  });
});
