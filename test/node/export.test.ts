import { inspect } from 'node:util';
import { flush, init, shutdown, withSpan, type InitOptions } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCollector, type Answer, type Collector } from '../support/node-collector.js';
import { waitFor } from '../support/node-spans.js';

let collector: Collector;

beforeEach(async () => {
  collector = await startCollector();
});

afterEach(async () => {
  await collector.close();
  await shutdown({ timeoutMs: 50 });
});

/** Batches leave when `flush` says so, unless told otherwise. */
function start(options: InitOptions = {}, batch: NonNullable<InitOptions['telemetry']>['batch'] = {}): void {
  init({
    serviceName: 'exporting',
    endpoint: collector.url,
    ...options,
    telemetry: { ...options.telemetry, batch: { delayMs: 60_000, timeoutMs: 1_000, ...batch } },
  });
}

const work = (count = 1) => {
  for (let i = 0; i < count; i++) withSpan('work', { attributes: { n: i, ok: true, list: ['a', 'ü'] } }, () => {});
};

it('what answers with something else than HTTP is not quoted byte by byte', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  collector.script('garbage');
  start({}, { timeoutMs: 200 });
  work();
  await flush({ timeoutMs: 300 });
  const said = inspect(warn.mock.calls, { depth: 8 });
  warn.mockRestore();
  expect(said).toContain('did not answer');
  expect(said).toContain('HPE_');
  expect(said).not.toMatch(/rawPacket|PDF/);
});

describe('spans arrive', () => {
  it.each([
    ['http/protobuf', 'application/x-protobuf'],
    ['http/json', 'application/json'],
  ] as const)('in %s as they were', async (protocol, contentType) => {
    start({
      serviceVersion: '1.2.3',
      environment: 'testing',
      telemetry: { exporters: [{ type: 'otlp', protocol }] },
    });
    await withSpan('outer', async () => withSpan('inner', { attributes: { n: 1, list: ['a', 'ü'] } }, () => {}));
    expect(await flush()).toEqual({ delivered: 2, pending: 0, dropped: {} });
    const [inner, outer] = collector.spans;
    expect(inner).toMatchObject({
      name: 'inner',
      parentSpanId: outer?.spanId,
      traceId: outer?.traceId,
      service: 'exporting',
      attributes: { n: 1, list: ['a', 'ü'] },
      resource: { 'service.version': '1.2.3', 'deployment.environment.name': 'testing', 'process.pid': process.pid },
      scope: { name: 'agentops' },
    });
    expect(collector.exports[0]?.headers['content-type']).toBe(contentType);
  });

  it.each([
    ['', '/v1/traces'],
    ['/', '/v1/traces'],
    ['/otlp', '/otlp/v1/traces'],
    ['/otlp/', '/otlp/v1/traces'],
    ['/v1/traces', '/v1/traces'],
    ['/otlp/v1/traces', '/otlp/v1/traces'],
  ])('for the endpoint path "%s" at %s', async (path, expected) => {
    start({ endpoint: collector.url + path });
    work();
    await flush();
    expect(collector.exports.map(received => received.path)).toEqual([expected]);
  });

  it('at a url that has no scheme, as metrics do', async () => {
    const url = `${new URL(collector.url).host}/as/it/is`;
    start({ telemetry: { exporters: [{ type: 'otlp', url, protocol: 'http/protobuf' }] } });
    work();
    await flush();
    expect(collector.exports[0]?.path).toBe('/as/it/is');
  });

  it('with the headers of the configuration and our user agent', async () => {
    start({ headers: { authorization: 'Bearer secret', 'X-Tenant': 'acme' } });
    work();
    await flush();
    expect(collector.exports[0]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'x-tenant': 'acme',
      'user-agent': expect.stringMatching(/^agentops-exporter\/\d/),
      'content-length': String(collector.exports[0]?.bytes),
    });
    expect(collector.exports[0]?.headers).not.toHaveProperty('traceparent');
  });

  it('at two backends, each with its own headers, also when one of them fails', async () => {
    const other = await startCollector();
    collector.script(500);
    const otlp = (endpoint: string, key: string) => ({ type: 'otlp' as const, endpoint, headers: { key } });
    start({ telemetry: { exporters: [otlp(collector.url, 'one'), otlp(other.url, 'two')] } });
    work();
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: { rejected: 1 } });
    expect([...collector.exports, ...other.exports].map(({ headers }) => headers['key'])).toEqual(['one', 'two']);
    await other.close();
  });

  it('without a span for the export itself', async () => {
    start();
    work();
    await flush();
    await flush();
    expect(collector.exports).toHaveLength(1);
    expect(collector.spans.map(span => span.name)).toEqual(['work']);
  });

  it('in batches of the configured size, by themselves when one is full', async () => {
    start({}, { maxBatchSize: 10 });
    work(25);
    await waitFor(() => expect(collector.spans.length).toBeGreaterThanOrEqual(20));
    expect(await flush()).toEqual({ delivered: 25, pending: 0, dropped: {} });
    expect(collector.exports).toHaveLength(3);
  });

  it('over one connection', async () => {
    start();
    for (let i = 0; i < 3; i++) {
      work();
      await flush();
    }
    expect(collector.spans).toHaveLength(3);
  });
});

describe('a collector that does not take spans', () => {
  it.each<Answer>([500, 400, 404, 301, 'upgrade'])('because of what they are is not asked again: %s', async answer => {
    collector.script(answer);
    start();
    expect(withSpan('work', () => 'result')).toBe('result');
    expect(await flush()).toEqual({ delivered: 0, pending: 0, dropped: { rejected: 1 } });
    expect(collector.exports).toHaveLength(1);
  });

  it.each<Answer>([429, 502, 503, 504, 'garbage', 'dead', 'hang'])(
    'for now (%s) is asked again, with the same batch, until it does',
    async answer => {
      collector.script(answer);
      // Only a hang makes use of it. A busy machine may answer later than in a few turns, and then would be asked twice.
      start({}, { timeoutMs: 1_000 });
      work();
      expect(await flush({ timeoutMs: 300 })).toEqual({ delivered: 0, pending: 1, dropped: {} });
      collector.script(200);
      expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
      expect(collector.spans).toHaveLength(1);
      const ids = new Set(collector.exports.map(({ headers }) => headers['agentops-batch-id']));
      expect([ids.size, collector.exports.length > 1]).toEqual([1, true]);
    },
  );

  it.each<Answer>(['slow', 'torn'])(
    'or rather does, but says no more than that (%s), is not asked again',
    async answer => {
      collector.script(answer);
      start({}, { timeoutMs: 100 });
      work();
      expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
      expect(collector.spans).toHaveLength(1);
    },
  );

  it('until the end has lost them, and shutdown() says so', async () => {
    collector.script(503);
    start();
    work();
    expect(await shutdown({ timeoutMs: 100 })).toEqual({ delivered: 0, pending: 0, dropped: { unreachable: 1 } });
  });

  it('because there is none gets them when there is one', async () => {
    const { url } = collector;
    await collector.close();
    start();
    work();
    expect(await flush({ timeoutMs: 100 })).toEqual({ delivered: 0, pending: 1, dropped: {} });
    collector = await startCollector(Number(new URL(url).port));
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
  });

  it.each(['http/json', 'http/protobuf'] as const)(
    'but a part (%s) is not asked again for the rest',
    async protocol => {
      collector.script({ rejected: 2 });
      start({ telemetry: { exporters: [{ type: 'otlp', protocol }] } });
      work(5);
      expect(await flush()).toEqual({ delivered: 3, pending: 0, dropped: { rejected: 2 } });
      expect(await flush()).toEqual({ delivered: 3, pending: 0, dropped: { rejected: 2 } });
      expect(collector.exports).toHaveLength(1);
    },
  );

  it('but says when to come back is asked then, and not by a flush() before', async () => {
    collector.script({ status: 429, headers: { 'retry-after': '1' } }, 200);
    start();
    work();
    const startedMs = performance.now();
    expect(await flush({ timeoutMs: 100 })).toMatchObject({ pending: 1 });
    expect(await flush({ timeoutMs: 100 })).toMatchObject({ pending: 1 });
    expect(collector.exports).toHaveLength(1);
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(performance.now() - startedMs).toBeGreaterThan(950);
    expect(collector.exports).toHaveLength(2);
  });

  it('leaves the queue bounded, and flush() counts what did not fit', async () => {
    collector.script('hang');
    start({}, { maxQueueSize: 50, maxBatchSize: 10, timeoutMs: 60_000 });
    work(500);
    const report = await flush({ timeoutMs: 20 });
    expect(report.delivered).toBe(0);
    expect(report.pending).toBeLessThanOrEqual(60);
    expect(report.pending + (report.dropped['queue-full'] ?? 0)).toBe(500);
    expect(collector.exports.length).toBeLessThanOrEqual(1);
  });

  it('holds flush() up no longer than it is told', async () => {
    collector.script('hang');
    start({}, { timeoutMs: 60_000 });
    work();
    expect(await flush({ timeoutMs: 50 })).toEqual({ delivered: 0, pending: 1, dropped: {} });
  });
});

describe('flush()', () => {
  it('waits for an export that is under way', async () => {
    start({}, { maxBatchSize: 1 });
    work();
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(collector.spans).toHaveLength(1);
  });

  it('reports nothing where there is no backend', async () => {
    init({ serviceName: 'alone' });
    work();
    expect(await flush()).toEqual({ delivered: 0, pending: 0, dropped: {} });
  });

  it('is truthful in shutdown(), which delivers', async () => {
    start();
    work(3);
    expect(await shutdown()).toEqual({ delivered: 3, pending: 0, dropped: {} });
    expect(collector.spans).toHaveLength(3);
  });
});
