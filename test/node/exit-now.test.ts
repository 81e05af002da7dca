import { createServer, type ServerOptions } from 'node:https';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';
import { createPrograms, type Programs } from '../support/node-child.js';
import { startGrpcCollector } from '../support/node-grpc-collector.js';
import { closeServers, listen, serve } from '../support/node-servers.js';
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
`;
/** After `init()`, for listeners are called in the order in which they came. */
const COUNT_PRINTED = `process.on('exit', () => console.log('workers: ' + count));
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
/** A program with a backend for each of `exporters`, that ends at once after `rest`. */
const startWith = (exporters: readonly object[], rest: string, metrics: unknown = false) =>
  start(`${WORKERS_COUNTED}import { init, startSession, withSpan } from '@agentops/node';
    import { metrics } from '@opentelemetry/api';
    const exporters = ${JSON.stringify(exporters.map(exporter => ({ type: 'otlp', ...exporter })))};
    const client = init({ serviceName: 'child', telemetry: { exporters, metrics: ${JSON.stringify(metrics)}, batch: { delayMs: 60_000 } } });
    ${COUNT_PRINTED}${rest}
    process.exit(3);`);
/** `count` backends below `url`. */
const below = (url: string, count: number) => Array.from({ length: count }, (_, i) => ({ endpoint: `${url}/${i}` }));
const pathsOf = (exporters: readonly { endpoint: string }[]) =>
  exporters.map(({ endpoint }) => `${new URL(endpoint).pathname}/v1/traces`).sort();
const paths = () => collector.exports.map(({ path }) => path).sort();

async function serveSecurely(options: ServerOptions = {}) {
  const paths: string[] = [];
  const server = createServer({ ...tls, ...options }, (request, response) => {
    paths.push(request.url ?? '');
    request.resume().on('end', () => response.end());
  });
  return { url: await listen(server), paths };
}

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
    const { url, paths } = await serveSecurely();
    const { ended } = await start(`${START} process.exit(3);`, { COLLECTOR: url, NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect((await ended).code).toBe(3);
    expect(paths).toEqual(['/v1/traces']);
  });

  it('starts no thread when there is nothing to send', async () => {
    const quiet = START.replace(/withSpan\('work.*/, '');
    expect(await (await start(`${WORKERS_COUNTED}${quiet}${COUNT_PRINTED}process.exit(3);`)).ended).toMatchObject({
      code: 3,
      stdout: 'workers: 0\n',
    });
    const delivered = START.replace('init,', 'init, flush,');
    expect(
      await (
        await start(`${WORKERS_COUNTED}${delivered}${COUNT_PRINTED}await flush(); process.exit(3);`)
      ).ended,
    ).toMatchObject({
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

describe('a process that ends at once, and has many backends', () => {
  it.each([20, 100])('delivers to all %d by one thread', async count => {
    const exporters = below(collector.url, count);
    const { ended } = await startWith(exporters, `withSpan('work', () => {});`);
    expect(await ended).toMatchObject({ code: 3, stdout: 'workers: 1\n', stderr: '' });
    expect(paths()).toEqual(pathsOf(exporters));
    expect(names()).toHaveLength(count);
  });

  it.each([20, 100])('delivers to those of %d open sessions, and to that of all', async count => {
    const { ended } = await startWith(
      [{ endpoint: collector.url }],
      `for (let i = 0; i < ${count}; i++) {
         const session = startSession({ name: 'visit' });
         session.addExporter({ type: 'otlp', endpoint: process.env.COLLECTOR + '/own' });
         session.run(() => withSpan('work', () => {}));
       }`,
    );
    expect(await ended).toMatchObject({ code: 3, stdout: 'workers: 1\n' });
    expect(names()).toEqual(Array<string>(2 * count).fill('work'));
    expect(paths().filter(path => path === '/own/v1/traces')).toHaveLength(count);
  });

  it('delivers beside those that hang, which may be on the same host', async () => {
    const taken: string[] = [];
    const host = await serve((request, response) => {
      request.resume();
      if (request.url?.startsWith('/deaf')) return;
      taken.push(request.url ?? '');
      response.end();
    });
    collector.script('hang');
    const healthy = below(host, 20);
    const { ended } = await startWith(
      [
        ...below(collector.url, 20),
        { endpoint: `${host}/deaf`, batch: { maxBatchSize: 1 } },
        ...healthy.map(each => ({ ...each, batch: { maxBatchSize: 50 } })),
      ],
      `for (let i = 0; i < 100; i++) withSpan('work', () => {});`,
    );
    const end = await ended;
    expect(end).toMatchObject({ code: 3, stdout: 'workers: 1\n' });
    expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
    expect(taken.sort()).toEqual(pathsOf([...healthy, ...healthy]));
  });

  it('delivers by http, https and gRPC, to each with its own certificates, and metrics with the spans', async () => {
    const open = await serveSecurely();
    const known = await serveSecurely({ ca: tls.cert, requestCert: true, rejectUnauthorized: true });
    const grpc = await startGrpcCollector();
    const encodings: unknown[] = [];
    const packed = await serve((request, response) => {
      encodings.push(request.headers['content-encoding']);
      request.resume().on('end', () => response.end());
    });
    const { ended } = await startWith(
      [
        { endpoint: collector.url },
        { endpoint: packed, compression: 'gzip' },
        { endpoint: open.url, tls: { ca: tls.cert } },
        { endpoint: known.url, tls: { ca: tls.cert, cert: tls.cert, key: tls.key } },
        // Neither is trusted, nor trusts.
        { endpoint: `${open.url}/untrusted` },
        { endpoint: `${known.url}/unknown`, tls: { ca: tls.cert } },
        { endpoint: `http://${grpc.address}`, protocol: 'grpc' },
      ],
      `metrics.getMeter('app').createCounter('orders').add(1); withSpan('work', () => {});`,
      { url: `${open.url}/v1/metrics`, tls: { ca: tls.cert } },
    );
    expect(await ended).toMatchObject({ code: 3, stdout: 'workers: 1\n' });
    grpc.close();
    expect(names()).toEqual(['work']);
    expect(encodings).toEqual(['gzip']);
    expect(open.paths.sort()).toEqual(['/v1/metrics', '/v1/traces']);
    expect(known.paths).toEqual(['/v1/traces']);
    expect(grpc.spans.map(({ name }) => name)).toEqual(['work']);
  });

  it('has counted what was taken, and what was not, in its own last words', async () => {
    const deaf = await startCollector();
    deaf.script(503);
    const { ended } = await startWith(
      [{ endpoint: collector.url }, { endpoint: deaf.url }],
      `withSpan('work', () => {});
       process.on('exit', () => console.log(JSON.stringify(client.health().backends.map(({ delivered, pending }) => [delivered, pending]))));`,
    );
    expect((await ended).stdout).toContain('[[1,0],[0,1]]');
    await deaf.close();
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
