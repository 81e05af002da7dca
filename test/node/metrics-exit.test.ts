import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPrograms, type Programs } from '../support/node-child.js';
import { startGrpcMetricsCollector, type GrpcMetricsCollector } from '../support/node-grpc-collector.js';
import { startMetricsCollector, type MetricsCollector } from '../support/node-metrics-collector.js';
import { freePort } from '../support/node-servers.js';
import { waitFor } from '../support/node-spans.js';
import { tls } from '../support/node-tls.js';

const DEADLINE_MS = 2_000;
/** What a busy machine adds to start and end. */
const SLACK_MS = 4_000;

let programs: Programs;
let http: MetricsCollector;
let grpc: GrpcMetricsCollector;

beforeAll(async () => {
  programs = await createPrograms();
});
afterAll(() => programs.remove());
beforeEach(async () => {
  [http, grpc] = await Promise.all([startMetricsCollector(), startGrpcMetricsCollector()]);
});
afterEach(async () => {
  grpc.close();
  await http.close();
});

/** A program that has metrics sent by `settings`, and then runs `rest`. */
const start = (rest: string, settings: object) =>
  programs.start(`import { init, flush, shutdown, withSpan } from '@agentops/node';
    import { metrics } from '@opentelemetry/api';
    const client = init({ serviceName: 'child', telemetry: { metrics: ${JSON.stringify(settings)} } });
    const orders = metrics.getMeter('app').createCounter('orders');
    ${rest}`);
/** An instrument that has something to say whenever it is asked. */
const OBSERVE = `let depth = 7;
  metrics.getMeter('app').createObservableGauge('depth').addCallback(result => result.observe(depth));`;
/** What was sent of `orders`, export by export. */
const ordersIn = ({ taken }: Pick<MetricsCollector, 'taken'>, exports = taken) =>
  exports
    .flatMap(({ metrics }) => metrics.filter(({ name }) => name === 'orders'))
    .map(({ points }) => points[0]?.value);
const byHttp = (settings: object = {}) => ({ endpoint: http.url, ...settings });
const byGrpc = (settings: object = {}) => ({ endpoint: `http://${grpc.address}`, protocol: 'grpc', ...settings });
const BOTH = [
  ['HTTP', () => ({ settings: byHttp(), collector: http })],
  ['gRPC', () => ({ settings: byGrpc(), collector: grpc })],
] as const;

describe.each(BOTH)('metrics of a process that ends at once, by %s', (_how, using) => {
  it.each([
    ['process.exit(3)', 3],
    [`throw new Error('the app’s own')`, 1],
    [`Promise.reject(new Error('the app’s own'))`, 1],
    [`setImmediate(() => process.exit(3))`, 3],
  ])('are sent: %s', async (end, code) => {
    const { settings, collector } = using();
    const { ended } = await start(`orders.add(1); orders.add(2, { channel: 'web' }); ${end};`, settings);
    expect(await ended).toMatchObject({ code, signal: null });
    expect(collector.taken).toHaveLength(1);
    expect(collector.last('orders')).toMatchObject({
      type: 'sum',
      temporality: 'cumulative',
      scope: 'app',
      resource: { 'service.name': 'child' },
    });
    expect(collector.values('orders', 'channel')).toEqual({ '': 1, web: 2 });
  });

  it('are sent before a signal that nobody handles, once', async () => {
    const { settings, collector } = using();
    const child = await start(
      `${OBSERVE} orders.add(1); setInterval(() => {}, 1_000); console.log('ready');`,
      settings,
    );
    await child.printed('ready');
    child.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(collector.taken).toHaveLength(1);
    expect(collector.values('orders')).toEqual({ '': 1 });
  });

  it('add to what was sent before', async () => {
    const { settings, collector } = using();
    const { ended } = await start(`orders.add(1); await flush(); orders.add(2); process.exit(3);`, settings);
    expect((await ended).code).toBe(3);
    expect(collector.taken).toHaveLength(2);
    expect(collector.values('orders')).toEqual({ '': 3 });
  });

  it('are as if they had been collected, whatever they are of', async () => {
    const { settings, collector } = using();
    const { ended } = await start(
      `const meter = metrics.getMeter('app');
       meter.createObservableGauge('depth').addCallback(result => result.observe(7, { queue: 'a' }));
       meter.createObservableGauge('late').addCallback(async result => { await 0; result.observe(1); });
       meter.createObservableCounter('broken').addCallback(() => { throw new Error('the app’s own'); });
       const [high, low] = ['high', 'low'].map(name => meter.createObservableUpDownCounter(name));
       meter.addBatchObservableCallback(result => { result.observe(high, 9); result.observe(low, 1); }, [high, low]);
       meter.createHistogram('size').record(3);
       const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 5 };
       withSpan('chat', { attributes }, () => {});
       process.exit(3);`,
      settings,
    );
    expect(await ended).toMatchObject({ code: 3, signal: null });
    const { values } = collector;
    expect([values('depth', 'queue'), values('high'), values('low'), values('size')]).toEqual([
      { a: 7 },
      { '': 9 },
      { '': 1 },
      { '': 1 },
    ]);
    expect([values('llm.calls.count'), values('llm.tokens.total')]).toEqual([{ '': 1 }, { '': 5 }]);
    expect([collector.last('late'), collector.last('broken')]).toEqual([undefined, undefined]);
    expect(collector.last('process.memory.usage')?.points[0]?.value).toBeGreaterThan(1_000_000);
  });
});

describe('metrics at the end of a process', () => {
  it('are what has been added since, where differences are sent', async () => {
    const { ended } = await start(
      `orders.add(1); await flush(); orders.add(2); process.exit(3);`,
      byHttp({ temporality: 'delta' }),
    );
    await ended;
    expect(ordersIn(http)).toEqual([1, 2]);
  });

  it.each(BOTH)('are all differences that a collector would not take before, by %s', async (_how, using) => {
    const { settings, collector } = using();
    const busy = { http: 503, grpc: { status: 14 } } as const;
    http.script(busy.http, busy.http, 200);
    grpc.script(busy.grpc, busy.grpc, 'ok');
    const { ended } = await start(
      `orders.add(1); await flush(); orders.add(2); await flush(); orders.add(4); process.exit(3);`,
      { ...settings, temporality: 'delta' },
    );
    expect((await ended).code).toBe(3);
    expect(ordersIn(collector).sort()).toEqual([1, 2, 4]);
  });

  it.each([
    ['cumulative', 0, [1]],
    ['cumulative', 2, [3]],
    ['delta', 0, [1]],
    ['delta', 2, [1, 2]],
  ])('are there while the resource is still being found out: %s, and %d since', async (temporality, since, values) => {
    const { ended } = await programs.start(`import { init, flush } from '@agentops/node';
      import { metrics } from '@opentelemetry/api';
      const late = { detect: () => ({ attributes: { 'late.id': new Promise(() => {}) } }) };
      const settings = ${JSON.stringify(byHttp({ temporality }))};
      init({ serviceName: 'child', telemetry: { metrics: settings, resourceDetectors: [late] } });
      const orders = metrics.getMeter('app').createCounter('orders');
      orders.add(1);
      await flush({ timeoutMs: 100 });
      ${since ? `orders.add(${since});` : ''}
      process.exit(3);`);
    expect((await ended).code).toBe(3);
    expect(ordersIn(http).sort()).toEqual(values);
    expect(http.last('orders')?.resource).toMatchObject({ 'service.name': 'child' });
  });

  it.each([
    ['cumulative', [1, 1]],
    ['delta', [1]],
  ])('that are on their way go a second time only where that changes no sum: %s', async (temporality, sent) => {
    http.script('hang');
    const { ended } = await start(
      `process.on('exit', () => console.log(JSON.stringify(client.health().metrics[0])));
       orders.add(1); await flush({ timeoutMs: 1_000 }); process.exit(3);`,
      byHttp({ temporality, views: [{ instrument: 'process.*', drop: true }] }),
    );
    const { code, stdout } = await ended;
    expect(code).toBe(3);
    expect(ordersIn(http, http.exports)).toEqual(sent);
    expect(JSON.parse(stdout)).toMatchObject({ delivered: 0, pending: 0, dropped: { unreachable: 1 } });
  });

  it('are compressed and go by https as any others', async () => {
    const secure = await startMetricsCollector(tls);
    const { ended } = await start(
      `orders.add(1); process.exit(3);`,
      byHttp({ endpoint: secure.url, tls: { ca: tls.cert }, compression: 'gzip' }),
    );
    expect((await ended).code).toBe(3);
    expect(secure.values('orders')).toEqual({ '': 1 });
    expect(secure.exports[0]?.headers['content-encoding']).toBe('gzip');
    await secure.close();
  });

  it('go to every backend, one that hangs before them or not', async () => {
    const deaf = await startMetricsCollector();
    deaf.script('hang');
    const { ended } = await programs.start(`import { init } from '@agentops/node';
      import { metrics } from '@opentelemetry/api';
      const backends = ${JSON.stringify([{ endpoint: deaf.url }, { endpoint: http.url }, { endpoint: grpc.address }])};
      init({ telemetry: { exporters: backends.map(backend => ({ type: 'otlp', ...backend })) } });
      metrics.getMeter('app').createCounter('orders').add(1);
      process.exit(3);`);
    const end = await ended;
    await deaf.close();
    expect(end.code).toBe(3);
    expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
    expect([http.values('orders'), grpc.values('orders')]).toEqual([{ '': 1 }, { '': 1 }]);
  });

  it.each([
    ['says nothing, by HTTP', () => (http.script('hang'), byHttp())],
    ['says nothing, by gRPC', () => (grpc.script('hang'), byGrpc())],
    ['is busy', () => (http.script(503), byHttp())],
  ])('hold nothing up past the deadline where their collector %s', async (_what, settings) => {
    const { ended } = await start(`orders.add(1); process.exit(3);`, settings());
    const end = await ended;
    expect(end).toMatchObject({ code: 3, signal: null });
    expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });

  it.each([['http/protobuf'], ['grpc']])(
    'do not keep the code of a process from its caller: nobody listens, %s',
    async protocol => {
      const { ended } = await start(`orders.add(1); process.exit(3);`, {
        endpoint: `http://127.0.0.1:${await freePort()}`,
        protocol,
      });
      expect(await ended).toMatchObject({ code: 3, signal: null });
    },
  );

  it.each([
    ['process.exit(3)', 'process.exit(3);'],
    ['after flush()', 'orders.add(1); await flush(); process.exit(3);'],
    ['after flush(), of what is observed', `${OBSERVE} orders.add(1); await flush(); process.exit(3);`],
    ['after the flush of a process whose work is done', `${OBSERVE} orders.add(1); process.exitCode = 3;`],
  ])('start no thread where there is nothing new: %s', async (_when, program) => {
    const { ended } = await start(
      `import { createRequire, syncBuiltinESMExports } from 'node:module';
       const threads = createRequire(import.meta.url)('node:worker_threads');
       let count = 0;
       threads.Worker = class extends threads.Worker { constructor(...args) { super(...args); count++; } };
       syncBuiltinESMExports();
       process.on('exit', () => console.log('workers: ' + count));
       ${program}`,
      byHttp(),
    );
    expect(await ended).toMatchObject({ code: 3, stdout: 'workers: 0\n' });
  });

  it.each([
    ['something was measured', 'orders.add(1);'],
    // What the clock says is all that tells them apart.
    [
      'the flush was long ago',
      'const now = performance.now.bind(performance); performance.now = () => now() + 60_000;',
    ],
  ])('are what is observed once more where %s since flush()', async (_what, since) => {
    const { ended } = await start(`${OBSERVE} await flush(); depth = 8; ${since} process.exit(3);`, byHttp());
    expect((await ended).code).toBe(3);
    expect(http.values('depth')).toEqual({ '': 8 });
  });

  it.each(BOTH)('are sent once by a process whose work is done, which nothing keeps alive: %s', async (_how, using) => {
    const { settings, collector } = using();
    const { ended } = await start(`orders.add(1);`, { ...settings, intervalMs: 50 });
    const end = await ended;
    expect(end).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(end.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
    expect(collector.values('orders')).toEqual({ '': 1 });
  });

  it.each(BOTH)('leave an idle connection that keeps no process alive: %s', async (_how, using) => {
    const { settings, collector } = using();
    const child = await start(
      `orders.add(1);
       import { createServer } from 'node:http';
       const server = createServer((_, response) => { response.end(); server.close(); server.closeIdleConnections(); });
       server.listen(0, '127.0.0.1', () => console.log(server.address().port));`,
      { ...settings, intervalMs: 50 },
    );
    await waitFor(() => expect(collector.taken.length).toBeGreaterThan(1));
    await fetch(`http://127.0.0.1:${await child.line(/^\d+$/)}`, { headers: { connection: 'close' } });
    expect(await child.ended).toMatchObject({ code: 0, signal: null });
  });

  it('are no more after shutdown()', async () => {
    const { ended } = await start(`orders.add(1); await shutdown(); orders.add(1); process.exit(3);`, byHttp());
    expect((await ended).code).toBe(3);
    expect(http.taken).toHaveLength(1);
  });
});
