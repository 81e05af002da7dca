import { flush, init, shutdown, withSpan, type InitOptions } from '@agentops/node';
import { SpanKind, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCollector } from '../support/node-collector.js';
import { closeServers } from '../support/node-servers.js';
import { startZipkin } from '../support/node-zipkin.js';

let zipkin: Awaited<ReturnType<typeof startZipkin>>;

beforeEach(async () => {
  zipkin = await startZipkin();
});

afterEach(async () => {
  await shutdown({ timeoutMs: 50 });
  await closeServers();
  vi.unstubAllEnvs();
});

function start(options: InitOptions = {}) {
  return init({
    serviceName: 'exporting',
    ...options,
    telemetry: { exporters: [{ type: 'zipkin', endpoint: zipkin.endpoint }], batch: { delayMs: 60_000 } },
  });
}

/** A span as Zipkin got it. */
async function sent(kind: SpanKind, attributes: Attributes, status?: { code: SpanStatusCode; message?: string }) {
  const span = trace.getTracer('of the test', '1.2').startSpan('made', { kind, attributes });
  if (status) span.setStatus(status);
  span.end();
  expect(await flush()).toMatchObject({ delivered: 1 });
  return zipkin.spans[0];
}

describe('a span in Zipkin', () => {
  it('has ids, times in microseconds, its service, and the attributes of its resource', async () => {
    start({ serviceVersion: '1.4.0' });
    const beforeMs = Date.now();
    await withSpan('outer', async () => withSpan('inner', () => {}));
    await flush();
    const [inner, outer] = zipkin.spans;
    expect(inner).toMatchObject({
      traceId: outer?.traceId,
      parentId: outer?.id,
      name: 'inner',
      localEndpoint: { serviceName: 'exporting' },
      tags: { 'service.version': '1.4.0', 'otel.scope.name': 'agentops' },
    });
    expect(outer).not.toHaveProperty('parentId');
    expect(outer?.tags).not.toHaveProperty('service.name');
    expect(Math.abs((outer?.timestamp ?? 0) / 1_000 - beforeMs)).toBeLessThan(60_000);
    for (const absent of ['kind', 'annotations', 'remoteEndpoint']) expect(outer).not.toHaveProperty(absent);
  });

  it.each([
    [SpanKind.SERVER, 'SERVER'],
    [SpanKind.CLIENT, 'CLIENT'],
    [SpanKind.PRODUCER, 'PRODUCER'],
    [SpanKind.CONSUMER, 'CONSUMER'],
    [SpanKind.INTERNAL, undefined],
  ])('of kind %d is %s', async (kind, expected) => {
    start();
    expect((await sent(kind, {}))?.kind).toBe(expected);
  });

  it('has texts as tags', async () => {
    start();
    const span = await sent(SpanKind.INTERNAL, { n: 1.5, yes: true, no: false, list: ['a', 'ü'], text: '' });
    expect(span?.tags).toMatchObject({ n: '1.5', yes: 'true', no: 'false', list: '["a","ü"]', text: '' });
  });

  it.each([
    [undefined, undefined, undefined],
    [{ code: SpanStatusCode.OK, message: 'fine' }, 'OK', undefined],
    [{ code: SpanStatusCode.ERROR, message: 'bad' }, 'ERROR', 'bad'],
    [{ code: SpanStatusCode.ERROR }, 'ERROR', ''],
  ])('of status %o has the tags %s and error=%s', async (status, code, error) => {
    start();
    const tags = (await sent(SpanKind.INTERNAL, { error: false }, status))?.tags;
    expect([tags?.['otel.status_code'], tags?.['error']]).toEqual([code, error]);
  });

  it('has events as annotations', async () => {
    start();
    withSpan('made', span => void span.addEvent('plain').addEvent('full', { a: 1, b: ['x'] }));
    await flush();
    expect(zipkin.spans[0]?.annotations?.map(({ value }) => value)).toEqual(['plain', '"full": {"a":1,"b":["x"]}']);
  });

  it.each<[Attributes, object | undefined]>([
    [{ 'peer.service': 'db', 'server.address': 'a.test' }, { serviceName: 'db' }],
    [{ 'server.address': 'a.test', 'net.peer.name': 'b.test' }, { serviceName: 'a.test' }],
    [
      { 'network.peer.address': '10.0.0.1', 'network.peer.port': 80 },
      { ipv4: '10.0.0.1', port: 80 },
    ],
    [{ 'network.peer.address': '::1' }, { ipv6: '::1' }],
    [{ 'net.sock.peer.addr': '10.0.0.2', 'db.name': 'shop' }, { ipv4: '10.0.0.2' }],
    [{ 'db.name': 'shop' }, { serviceName: 'shop' }],
    [{ other: 1 }, undefined],
  ])('of a caller with %o calls %o', async (attributes, remote) => {
    start();
    expect((await sent(SpanKind.CLIENT, attributes))?.remoteEndpoint).toEqual(remote);
  });

  it('of a server calls nobody', async () => {
    start();
    expect(await sent(SpanKind.SERVER, { 'peer.service': 'caller' })).not.toHaveProperty('remoteEndpoint');
  });
});

describe('Zipkin', () => {
  it('is asked again when it is busy, unlike by OpenTelemetry’s exporter', async () => {
    const collector = await startCollector();
    collector.script(503, 202);
    init({
      serviceName: 'exporting',
      telemetry: { exporters: [{ type: 'zipkin', endpoint: `${collector.url}/api/v2/spans` }] },
    });
    withSpan('work', () => {});
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(collector.exports.map(({ path }) => path)).toEqual(['/api/v2/spans', '/api/v2/spans']);
    await collector.close();
  });

  it('is found by OpenTelemetry’s variables', async () => {
    vi.stubEnv('OTEL_TRACES_EXPORTER', 'zipkin');
    vi.stubEnv('OTEL_EXPORTER_ZIPKIN_ENDPOINT', zipkin.endpoint);
    init({ serviceName: 'exporting' });
    withSpan('work', () => {});
    await flush();
    expect(zipkin.spans.map(({ name }) => name)).toEqual(['work']);
  });
});
