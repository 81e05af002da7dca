import { connect } from 'node:net';
import { flush, init, shutdown, withSpan, type BackendHealth, type InitOptions } from '@agentops/node';
import { getMeter } from '@agentops/node/metrics';
import { ServerCredentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  listenRaw,
  startGrpcCollector,
  startGrpcMetricsCollector,
  type GrpcMetricsCollector,
} from '../support/node-grpc-collector.js';
import { CALL, useWarnings, type MetricsSettings } from '../support/node-metrics.js';
import { closeServers, freePort } from '../support/node-servers.js';
import { tls } from '../support/node-tls.js';

const warnings = useWarnings();
let collector: GrpcMetricsCollector;

beforeEach(async () => {
  collector = await startGrpcMetricsCollector();
});
afterEach(async () => {
  await shutdown({ timeoutMs: 200 });
  collector.close();
  await closeServers();
});

const start = (settings: MetricsSettings, telemetry: InitOptions['telemetry'] = {}) => {
  const client = init({ serviceName: 'planner', telemetry: { ...telemetry, metrics: settings } });
  return () => client.health().metrics?.[0] as BackendHealth;
};
const startGrpc = (settings: Exclude<MetricsSettings, boolean> = {}) =>
  start({ endpoint: `http://${collector.address}`, protocol: 'grpc', ...settings });
const orders = getMeter().createCounter('orders');
const told = () => warnings.filter(text => text.includes('metrics'));

describe('metrics arrive by gRPC', () => {
  it('as they do by HTTP, with the headers as metadata and our user agent', async () => {
    startGrpc({ headers: { 'X-Tenant': 'acme' } });
    withSpan('chat', { attributes: CALL }, () => {});
    orders.add(2, { channel: 'web' });
    await flush();
    expect(collector.last('orders')).toMatchObject({
      type: 'sum',
      monotonic: true,
      resource: { 'service.name': 'planner' },
      points: [{ value: 2, attributes: { channel: 'web' } }],
    });
    expect(collector.values('llm.calls.count')).toEqual({ '': 1 });
    expect(collector.exports[0]?.headers).toMatchObject({
      'x-tenant': 'acme',
      'user-agent': expect.stringMatching(/^agentops-exporter\/\d/),
    });
    expect(collector.exports[0]?.headers).not.toHaveProperty('traceparent');
  });

  it.each(['{}', 'http://{}', 'http://{}/v1/metrics'])('at %s', async url => {
    start({ url: url.replace('{}', collector.address), protocol: 'grpc' });
    orders.add(1);
    await flush();
    expect(collector.values('orders')).toEqual({ '': 1 });
  });

  it('where host and port are all that is said', async () => {
    start({ endpoint: collector.address });
    orders.add(1);
    await flush();
    expect(collector.values('orders')).toEqual({ '': 1 });
  });

  it('to a backend whose spans go by gRPC, whatever encoding is asked for of the others', async () => {
    start({ protocol: 'http/json' }, { exporters: [{ type: 'otlp', endpoint: collector.address }] });
    orders.add(1);
    await flush();
    expect(collector.values('orders')).toEqual({ '': 1 });
  });

  it('compressed, where that is wanted', async () => {
    const sizes: number[] = [];
    for (const compression of ['none', 'gzip'] as const) {
      let bytes = 0;
      const address = await listenRaw(socket => {
        const [host = '', port] = collector.address.split(':');
        const onwards = connect(Number(port), host).on('error', () => {});
        socket.on('data', chunk => (bytes += chunk.byteLength));
        socket.pipe(onwards).pipe(socket);
      });
      startGrpc({ endpoint: `http://${address}`, compression });
      for (let i = 0; i < 500; i++) orders.add(1, { i });
      await flush();
      await shutdown();
      sizes.push(bytes);
    }
    expect(collector.last('orders')?.points).toHaveLength(500);
    expect(sizes[1]).toBeLessThan((sizes[0] ?? 0) / 2);
  });
});

describe('metrics by gRPC with TLS', () => {
  const credentials = (isMutual: boolean) =>
    ServerCredentials.createSsl(
      Buffer.from(tls.cert),
      [{ private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }],
      isMutual,
    );
  const secured = async (isMutual = false) => {
    collector.close();
    collector = await startGrpcMetricsCollector({ credentials: credentials(isMutual) });
  };

  it('trust the authority that is named, and show a certificate of their own', async () => {
    await secured(true);
    const health = startGrpc({ endpoint: `https://${collector.address}`, tls: { ca: tls.cert, ...tls } });
    orders.add(1);
    await flush();
    expect(collector.values('orders')).toEqual({ '': 1 });
    expect(health().backend).toBe(`grpcs://${collector.address}`);
  });

  it('take over those of the backend of spans', async () => {
    await secured();
    start({}, { exporters: [{ type: 'otlp', endpoint: collector.address, protocol: 'grpc', tls: { ca: tls.cert } }] });
    orders.add(1);
    await flush();
    expect(collector.values('orders')).toEqual({ '': 1 });
  });

  it('trust nobody else, and wait', async () => {
    await secured();
    const health = startGrpc({ endpoint: `https://${collector.address}` });
    orders.add(1);
    await flush({ timeoutMs: 5_000 });
    expect(collector.exports).toEqual([]);
    expect(health()).toMatchObject({ delivered: 0, lastError: expect.stringContaining('UNAVAILABLE') });
    expect(health().pending).toBeGreaterThan(0);
  });
});

describe('a gRPC backend', () => {
  it('that takes spans alone gets those, is told of once and left alone', async () => {
    const traces = await startGrpcCollector();
    const health = start({}, { exporters: [{ type: 'otlp', endpoint: traces.address, protocol: 'grpc' }] });
    withSpan('work', () => {});
    expect(await flush()).toMatchObject({ delivered: 1, pending: 0 });
    await flush();
    expect(told()).toEqual([expect.stringContaining('answered UNIMPLEMENTED; it is sent no metrics from now on')]);
    expect(health()).toMatchObject({ attempts: 1, pending: 0 });
    traces.close();
  });

  it('that cannot take metrics now gets them later', async () => {
    const health = startGrpc({ temporality: 'delta' });
    collector.script({ status: status.UNAVAILABLE }, { status: status.UNAVAILABLE }, 'ok');
    for (const count of [1, 2, 4]) {
      orders.add(count);
      await flush();
    }
    const sent = collector.taken.flatMap(({ metrics }) => metrics.filter(({ name }) => name === 'orders'));
    expect(sent.map(({ points }) => points[0]?.value)).toEqual([1, 2, 4]);
    expect(health()).toMatchObject({ pending: 0, failures: 2, dropped: {} });
  });

  it('that refuses an export loses that one', async () => {
    const health = startGrpc();
    collector.script({ status: status.INVALID_ARGUMENT }, 'ok');
    await flush();
    await flush();
    expect(collector.taken).toHaveLength(1);
    expect(health().dropped['rejected']).toBeGreaterThan(0);
  });

  it('that refuses a part of it has that counted, and is quoted', async () => {
    const health = startGrpc();
    collector.script({ rejected: 1 });
    orders.add(1);
    await flush();
    expect(health()).toMatchObject({ dropped: { rejected: 1 }, failures: 0 });
    expect(warnings).toEqual([expect.stringContaining(`grpc://${collector.address} says: too many`)]);
  });

  it('whose answer is no protobuf has taken them', async () => {
    const health = startGrpc();
    collector.script('garbage');
    await flush();
    expect(health()).toMatchObject({ dropped: {}, failures: 0, pending: 0 });
    expect(health().delivered).toBeGreaterThan(0);
  });

  it.each<[string, Parameters<typeof listenRaw>[0]]>([
    ['garbage', socket => socket.end('%PDF-1.7 this is no HTTP/2\r\n\r\n')],
    ['HTTP/1.1', socket => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n')],
    ['silence', () => {}],
    ['a reset', socket => socket.resetAndDestroy()],
  ])('that answers with %s holds up nothing', async (_what, react) => {
    const health = startGrpc({ endpoint: `http://${await listenRaw(react)}`, timeoutMs: 200 });
    orders.add(1);
    await flush({ timeoutMs: 5_000 });
    expect(health()).toMatchObject({
      delivered: 0,
      lastError: expect.stringMatching(/answered (UNAVAILABLE|DEADLINE_EXCEEDED)$/),
    });
    expect(health().pending).toBeGreaterThan(0);
  });

  it('that is dead holds up neither flush nor shutdown, nor spans, and is told of once', async () => {
    const traces = await startGrpcCollector();
    start(
      { endpoint: `http://127.0.0.1:${await freePort()}`, protocol: 'grpc' },
      { exporters: [{ type: 'otlp', endpoint: traces.address, protocol: 'grpc' }] },
    );
    withSpan('work', () => {});
    expect(await flush({ timeoutMs: 20_000 })).toMatchObject({ delivered: 1 });
    await shutdown({ timeoutMs: 20_000 });
    expect(told()).toEqual([expect.stringContaining('metrics wait until their backend takes them')]);
    traces.close();
  });
});

describe('what is wrong with metrics by gRPC', () => {
  it.each<[Exclude<MetricsSettings, boolean>, string]>([
    [{ headers: { 'key-bin': 'x' } }, 'telemetry.metrics.headers.key-bin: must be ASCII'],
    [{ tls: { cert: tls.cert } }, 'telemetry.metrics.tls: must have a key with its cert'],
    [{ tls: { ca: '/nowhere.pem' } }, 'telemetry.metrics.tls.ca: must be the path of a PEM file'],
    [{ compression: 'br' as never }, 'telemetry.metrics.compression: must be one of "gzip", "none"'],
    [{ insecure: 'yes' as never }, 'telemetry.metrics.insecure: must be true or false'],
    [{ endpoint: 'ftp://a' }, 'telemetry.metrics.endpoint: must be an http(s) URL'],
  ])('%j is named by its path', (settings, message) => {
    expect(() => startGrpc(settings)).toThrow(message);
  });
});
