import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flush, init, shutdown, withSpan, type InitOptions, type OtlpExporterOption } from '@agentops/node';
import { ServerCredentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenRaw, startGrpcCollector, type GrpcAnswer, type GrpcCollector } from '../support/node-grpc-collector.js';
import { startCollector } from '../support/node-collector.js';
import { closeServers } from '../support/node-servers.js';
import { waitFor } from '../support/node-spans.js';
import { tls } from '../support/node-tls.js';

let collector: GrpcCollector;

beforeEach(async () => {
  collector = await startGrpcCollector();
});

afterEach(async () => {
  await shutdown({ timeoutMs: 50 });
  collector.close();
  await closeServers();
});

function start(exporter: Partial<OtlpExporterOption> = {}, telemetry: InitOptions['telemetry'] = {}) {
  return init({
    serviceName: 'exporting',
    telemetry: {
      exporters: [{ type: 'otlp', endpoint: collector.address, ...exporter }],
      // For those see `metrics-grpc.test.ts`.
      metrics: false,
      ...telemetry,
      batch: { delayMs: 60_000, timeoutMs: 1_000, ...telemetry.batch },
    },
  });
}

const work = (count = 1) => {
  for (let i = 0; i < count; i++) withSpan('work', { attributes: { n: i, list: ['a', 'ü'] } }, () => {});
};

describe('spans arrive by gRPC', () => {
  it('as they were, in one call that is itself not traced', async () => {
    start();
    await withSpan('outer', async () => withSpan('inner', { attributes: { n: 1, list: ['a', 'ü'] } }, () => {}));
    expect(await flush()).toEqual({ delivered: 2, pending: 0, dropped: {} });
    await flush();
    const [inner, outer] = collector.spans;
    expect(inner).toMatchObject({
      name: 'inner',
      parentSpanId: outer?.spanId,
      service: 'exporting',
      attributes: { n: 1, list: ['a', 'ü'] },
      scope: { name: 'agentops' },
    });
    expect([collector.calls.length, collector.spans.length]).toEqual([1, 2]);
  });

  it('with the headers as metadata, the batch id and our user agent', async () => {
    start({ headers: { 'X-Tenant': 'acme' } });
    work();
    await flush();
    expect(collector.calls[0]?.getMap()).toMatchObject({
      'x-tenant': 'acme',
      'agentops-batch-id': expect.stringMatching(/^[\da-f-]{36}$/),
      'user-agent': expect.stringMatching(/^agentops-exporter\/\d/),
    });
    expect(collector.calls[0]?.getMap()).not.toHaveProperty('traceparent');
  });

  it('compressed, where that is wanted', async () => {
    start({ compression: 'gzip' });
    work(100);
    expect(await flush()).toMatchObject({ delivered: 100 });
    expect(collector.spans).toHaveLength(100);
  });

  it.each(['http://{}', 'http://{}/', '{}'])('at the endpoint %s without TLS', async endpoint => {
    start({ endpoint: endpoint.replace('{}', collector.address), protocol: 'grpc' });
    work();
    expect(await flush()).toMatchObject({ delivered: 1 });
  });

  it('in several calls at a time, each of a batch', async () => {
    start({}, { batch: { maxBatchSize: 10 } });
    work(95);
    expect(await flush()).toEqual({ delivered: 95, pending: 0, dropped: {} });
    expect(collector.calls).toHaveLength(10);
  });
});

describe('TLS', () => {
  const secure = () =>
    startGrpcCollector({
      credentials: ServerCredentials.createSsl(
        Buffer.from(tls.cert),
        [{ private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }],
        true,
      ),
    });

  beforeEach(async () => {
    collector.close();
    collector = await secure();
  });

  it('is spoken with certificates as text, the client’s too', async () => {
    start({ endpoint: `https://${collector.address}`, protocol: 'grpc', tls: { ca: tls.cert, ...tls } });
    work();
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
  });

  it('is spoken with certificates in files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agentops-tls-'));
    const file = async (name: string, pem: string) => {
      await writeFile(join(folder, name), pem);
      return join(folder, name);
    };
    start({
      tls: { ca: await file('ca', tls.cert), cert: await file('cert', tls.cert), key: await file('key', tls.key) },
    });
    work();
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
    await rm(folder, { recursive: true });
  });

  it('of a server that nobody vouches for keeps the spans here', async () => {
    const client = start({ endpoint: `https://${collector.address}`, protocol: 'grpc' });
    work();
    expect(await flush({ timeoutMs: 300 })).toEqual({ delivered: 0, pending: 1, dropped: {} });
    expect(client.health().backends[0]).toMatchObject({
      backend: `grpcs://${collector.address}`,
      lastError: expect.stringContaining('UNAVAILABLE'),
    });
  });
});

/** `google.rpc.Status` with a `RetryInfo` that asks for so many milliseconds. */
function retryIn(ms: number): Uint8Array {
  const field = (number: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
  const nanos: number[] = [];
  for (let left = ms * 1e6; left; left = Math.floor(left / 128)) nanos.push((left % 128) + (left >= 128 ? 128 : 0));
  const duration = Buffer.from([16, ...nanos]);
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
  return Buffer.concat([Buffer.from([8, 8]), field(3, Buffer.concat([field(1, type), field(2, field(1, duration))]))]);
}

describe('a collector that does not take spans', () => {
  it.each<GrpcAnswer>([
    { status: status.INVALID_ARGUMENT },
    { status: status.PERMISSION_DENIED },
    { status: status.UNAUTHENTICATED },
    { status: status.UNIMPLEMENTED },
    { status: status.INTERNAL },
    { status: status.UNKNOWN },
    { status: status.RESOURCE_EXHAUSTED },
    { status: status.RESOURCE_EXHAUSTED, details: Buffer.from('garbage') },
  ])('because of what they are is not asked again: %o', async answer => {
    collector.script(answer);
    start();
    work();
    expect(await flush()).toEqual({ delivered: 0, pending: 0, dropped: { rejected: 1 } });
    expect(collector.calls).toHaveLength(1);
  });

  it.each<GrpcAnswer>([
    { status: status.CANCELLED },
    { status: status.DEADLINE_EXCEEDED },
    { status: status.ABORTED },
    { status: status.OUT_OF_RANGE },
    { status: status.UNAVAILABLE },
    { status: status.DATA_LOSS },
    'hang',
  ])('for now (%o) is asked again, with the same batch, until it does', async answer => {
    collector.script(answer);
    start({}, { batch: { timeoutMs: 200 } });
    work();
    expect(await flush({ timeoutMs: 400 })).toEqual({ delivered: 0, pending: 1, dropped: {} });
    collector.script('ok');
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(collector.spans).toHaveLength(1);
    const ids = new Set(collector.calls.flatMap(metadata => metadata.get('agentops-batch-id')));
    expect([ids.size, collector.calls.length > 1]).toEqual([1, true]);
  });

  it.each([status.RESOURCE_EXHAUSTED, status.UNAVAILABLE])(
    'but says when to come back (status %d) is asked then, and not by a flush() before',
    async code => {
      collector.script({ status: code, details: retryIn(800) }, 'ok');
      start();
      work();
      const startedMs = performance.now();
      expect(await flush({ timeoutMs: 200 })).toMatchObject({ pending: 1 });
      expect(await flush({ timeoutMs: 100 })).toMatchObject({ pending: 1 });
      expect(collector.calls).toHaveLength(1);
      expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
      expect(performance.now() - startedMs).toBeGreaterThan(750);
    },
  );

  it('but a part is not asked again for the rest', async () => {
    collector.script({ rejected: 2 });
    start();
    work(5);
    expect(await flush()).toEqual({ delivered: 3, pending: 0, dropped: { rejected: 2 } });
    expect(collector.calls).toHaveLength(1);
  });

  it('or rather does, and answers garbage, is not asked again', async () => {
    collector.script('garbage');
    start();
    work();
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(collector.spans).toHaveLength(1);
  });

  it('because there is none gets them when there is one', async () => {
    const { address } = collector;
    collector.close();
    start();
    work();
    expect(await flush({ timeoutMs: 300 })).toEqual({ delivered: 0, pending: 1, dropped: {} });
    collector = await startGrpcCollector({ port: Number(address.split(':')[1]) });
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
  });

  it('again after a restart on the same port, over a new connection', async () => {
    const { address } = collector;
    start();
    work();
    expect(await flush()).toMatchObject({ delivered: 1 });
    collector.close();
    collector = await startGrpcCollector({ port: Number(address.split(':')[1]) });
    work();
    expect(await flush()).toEqual({ delivered: 2, pending: 0, dropped: {} });
  });

  it.each<[string, Parameters<typeof listenRaw>[0]]>([
    ['garbage', socket => socket.end('%PDF-1.7 this is no HTTP/2\r\n\r\n')],
    ['HTTP/1.1', socket => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n')],
    ['silence', () => {}],
    ['a reset', socket => socket.resetAndDestroy()],
    ['an end', socket => socket.end()],
  ])('because it answers with %s is waited for', async (_what, react) => {
    const client = start({ endpoint: await listenRaw(react) }, { batch: { timeoutMs: 200 } });
    work(3);
    expect(await flush({ timeoutMs: 600 })).toEqual({ delivered: 0, pending: 3, dropped: {} });
    await waitFor(() => expect(client.health().backends[0]?.failures).toBeGreaterThan(0));
    expect(client.health().backends[0]?.lastError).toMatch(/answered (UNAVAILABLE|DEADLINE_EXCEEDED)$/);
  });

  it('because it stays silent collects no connections', async () => {
    let connections = 0;
    const client = start({ endpoint: await listenRaw(() => connections++) }, { batch: { timeoutMs: 50 } });
    work();
    await waitFor(async () => {
      await flush({ timeoutMs: 60 });
      expect(client.health().backends[0]?.failures).toBeGreaterThan(3);
    });
    expect(connections).toBe(1);
  });

  it('delays no other', async () => {
    collector.script('hang');
    const other = await startCollector();
    start(
      {},
      {
        exporters: [
          { type: 'otlp', endpoint: collector.address },
          { type: 'otlp', endpoint: other.url },
        ],
        batch: { timeoutMs: 60_000 },
      },
    );
    work(10);
    expect(await flush({ timeoutMs: 500 })).toEqual({ delivered: 10, pending: 10, dropped: {} });
    await other.close();
  });
});

describe('a configuration', () => {
  it.each<[Partial<OtlpExporterOption>, string, RegExp]>([
    [{ protocol: 'grpc', headers: { 'x-a': 'ü-secret' } }, 'telemetry.exporters[0].headers.x-a', /must be ASCII/],
    [{ protocol: 'grpc', headers: { 'a-bin': 'secret' } }, 'telemetry.exporters[0].headers.a-bin', /must be ASCII/],
    [{ tls: { ca: '/none.pem' } }, 'telemetry.exporters[0].tls.ca', /must be the path of a PEM file that can be read/],
    [{ tls: { cert: tls.cert } }, 'telemetry.exporters[0].tls', /must have a key with its cert/],
    [{ tls: { ca: '-----BEGIN CERTIFICATE-----\nsecret' } }, 'telemetry.exporters[0].tls', /go together, got ERR_/],
    [{ url: 'no url' }, 'telemetry.exporters[0].url', /host and port such as "localhost:4317"/],
    [{ endpoint: 'no endpoint' }, 'telemetry.exporters[0].endpoint', /host and port such as "localhost:4317"/],
  ])('that cannot work is told by init(), without what is in it: %o', (exporter, path, message) => {
    let error: unknown;
    try {
      start(exporter);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'invalid-config', path, message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('secret');
  });
});

describe('the disk queue', () => {
  it('keeps what a gRPC backend could not be sent for the next process', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agentops-queue-'));
    collector.script({ status: status.UNAVAILABLE });
    start({}, { diskQueue: { folder } });
    work(3);
    await flush({ timeoutMs: 200 });
    expect(await shutdown({ timeoutMs: 50 })).toMatchObject({ delivered: 0, pending: 3 });
    collector.script('ok');
    start({}, { diskQueue: { folder } });
    await waitFor(() => expect(collector.spans).toHaveLength(3));
    await shutdown();
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
