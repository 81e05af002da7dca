import { createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';
import { createPrograms, type Programs } from '../support/node-child.js';
import { closeServers, listen } from '../support/node-servers.js';

/** What the end may be held up, and what a busy machine adds to start and end. */
const DEADLINE_MS = 2_000;
const SLACK_MS = 10_000;

const START = `import { init, withSpan } from '@agentops/node';
init({ serviceName: 'child', endpoint: process.env.COLLECTOR, telemetry: { batch: { delayMs: 60_000 } } });
withSpan('work', () => {});
`;
/** Keeps the process alive until it is killed. */
const STAY = `${START}
setInterval(() => {}, 1_000);
console.log('ready');
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

const start = (source: string, url = collector.url) => programs.start(source, { env: { COLLECTOR: url } });
const names = () => collector.spans.map(span => span.name);

describe('a process that has nothing left to do', () => {
  it('delivers, and ends with 0', async () => {
    const { ended } = await start(START);
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(names()).toEqual(['work']);
    expect(collector.spans[0]?.service).toBe('child');
  });

  it('keeps the exit code the app has set', async () => {
    const { ended } = await start(`${START} process.exitCode = 3;`);
    expect((await ended).code).toBe(3);
    expect(names()).toEqual(['work']);
  });

  it('ends at once when there is nothing to deliver', async () => {
    const { ended } = await start(`${START.replace(/withSpan\('work.*/, '')}
      const startedMs = performance.now();
      process.on('exit', () => console.log(performance.now() - startedMs < 1_500));`);
    expect(await ended).toMatchObject({ code: 0, stdout: 'true\n' });
    expect(collector.exports).toEqual([]);
  });

  it('is not kept alive by spans that wait for their batch', async () => {
    collector.script('hang');
    const { ended } = await start(`${START} process.on('exit', () => console.log('exit'));`);
    expect(await ended).toMatchObject({ code: 0, stdout: 'exit\n' });
  });
});

describe('a process whose collector does not take spans', () => {
  it.each(['hang', 'slow', 'garbage', 'dead', 429, 500] as const)('ends in time when it answers %s', async answer => {
    collector.script(answer);
    const { ended } = await start(START);
    const end = await ended;
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });

  it('ends in time when it refuses connections', async () => {
    const { url } = collector;
    await collector.close();
    const { ended } = await start(START, url);
    const end = await ended;
    expect(end.code).toBe(0);
    expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });

  it('ends in time when it accepts connections and never reads', async () => {
    const sockets: Socket[] = [];
    const deaf = createServer(socket => sockets.push(socket.pause()));
    const { ended } = await start(
      `${START} for (let i = 0; i < 400; i++) withSpan('big', { attributes: { text: 'x'.repeat(50_000) } }, () => {});`,
      await listen(deaf),
    );
    const end = await ended;
    for (const socket of sockets) socket.destroy();
    expect(end.code).toBe(0);
    expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });

  it('dies by SIGTERM in time', async () => {
    collector.script('hang');
    const child = await start(STAY);
    await child.printed('ready');
    child.kill('SIGTERM');
    const end = await child.ended;
    expect(end.signal).toBe('SIGTERM');
    expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });
});

describe('a signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s that nobody handles kills by that signal, after delivery',
    async signal => {
      const child = await start(STAY);
      await child.printed('ready');
      child.kill(signal);
      expect(await child.ended).toMatchObject({ code: null, signal });
      expect(names()).toEqual(['work']);
    },
  );

  it.each([
    ['on', `${STAY.replace("console.log('ready')", '')} process.on`],
    ['once', `${STAY.replace("console.log('ready')", '')} process.once`],
    ['once, before init()', 'before'],
  ])('is the app’s own matter when it listens with %s', async (_, source) => {
    const handler = `('SIGTERM', async () => { console.log('closing'); await fetch(process.env.COLLECTOR); setTimeout(() => process.exit(5), 300); });`;
    const program =
      source === 'before' ? `process.once${handler}\n${STAY}` : `${source}${handler}\nconsole.log('ready');`;
    const child = await start(program);
    await child.printed('ready');
    child.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 5, signal: null, stdout: expect.stringContaining('closing') });
    expect(names()).toContain('work');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s for the second time kills at once', async signal => {
    collector.script('hang');
    const child = await start(STAY);
    await child.printed('ready');
    child.kill(signal);
    while (!collector.exports.length) await new Promise(resolve => setImmediate(resolve));
    const secondMs = performance.now();
    child.kill(signal);
    expect((await child.ended).signal).toBe(signal);
    expect(performance.now() - secondMs).toBeLessThan(DEADLINE_MS / 2);
  });

  it('finds no listener of ours after shutdown()', async () => {
    const count = `console.log(['SIGTERM', 'SIGINT', 'beforeExit', 'exit'].map(name => process.listenerCount(name)).join());`;
    const { ended } = await start(`${count} ${START.replace('init,', 'init, shutdown,')} await shutdown(); ${count}`);
    const [before, after] = (await ended).stdout.split('\n');
    expect(after).toBe(before);
  });
});

describe('an uncaught exception', () => {
  it('of a request nobody listens to ends the process as without us', async () => {
    const { url } = collector;
    await collector.close();
    const { ended } = await start(`${STAY} import { get } from 'node:http'; get(process.env.COLLECTOR);`, url);
    const end = await ended;
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('ECONNREFUSED');
  });
});

describe('--import @agentops/node/register', () => {
  const APP = `import { get, createServer } from 'node:http';
    const server = createServer((request, response) => response.end(request.headers.traceparent)).listen(0, '127.0.0.1', () => {
      get({ port: server.address().port, family: 4 }, response => {
        response.on('data', chunk => console.log(String(chunk)));
        response.on('close', () => server.close());
      });
    });`;
  const register = (env: Record<string, string>) => programs.start(APP, { registered: true, env });

  it('traces an app without a line of code, by environment alone', async () => {
    const { ended } = await register({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'quiet-app' });
    const end = await ended;
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(collector.spans.map(span => `${span.service} ${span.kind}`).sort()).toEqual([
      'quiet-app client',
      'quiet-app server',
    ]);
    const client = collector.spans.find(span => span.kind === 'client');
    expect(end.stdout).toContain(client?.spanId);
  });

  it.each([
    { AGENTOPS_ENDPOINT: 'no url' },
    { AGENTOPS_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_PROTOCOL: 'pigeon' },
  ])('does not stop the app where the environment is wrong: %o', async env => {
    const { ended } = await register(env as Record<string, string>);
    const end = await ended;
    expect(end.code).toBe(0);
    expect(end.stderr).toMatch(/^\[agentops\] /);
  });

  it('does nothing when OTEL_SDK_DISABLED is true', async () => {
    const { ended } = await register({ AGENTOPS_ENDPOINT: collector.url, OTEL_SDK_DISABLED: 'true' });
    expect(await ended).toMatchObject({ code: 0, stderr: '', stdout: '' });
    expect(collector.exports).toEqual([]);
  });
});
