import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { flush, init, shutdown, withSpan, type OtlpExporterOption } from '@agentops/node';
import { describeConfig } from '@agentops/node/config';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCollector } from '../support/node-collector.js';
import { startGrpcCollector } from '../support/node-grpc-collector.js';
import { useProcesses } from '../support/node-processes.js';
import { closeServers, listen, serve } from '../support/node-servers.js';
import { tls } from '../support/node-tls.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentops-tls-'));
  await Promise.all([writeFile(join(folder, 'cert.pem'), tls.cert), writeFile(join(folder, 'key.pem'), tls.key)]);
});

afterEach(async () => {
  await shutdown({ timeoutMs: 50 });
  await closeServers();
  await rm(folder, { recursive: true });
  vi.unstubAllEnvs();
});

/** An https collector that counts bytes. */
async function serveSecurely(options: ServerOptions = {}) {
  const bodies: Buffer[] = [];
  const server = createServer({ ...tls, ...options }, async (request, response) => {
    bodies.push(await buffer(request));
    response.end();
  });
  return { url: await listen(server), bodies };
}

async function sendTo(exporter: Partial<OtlpExporterOption>, timeoutMs = 5_000) {
  init({ telemetry: { exporters: [{ type: 'otlp', ...exporter }], metrics: false } });
  withSpan('work', () => {});
  return flush({ timeoutMs });
}

const DELIVERED = { delivered: 1, pending: 0, dropped: {} };

describe('TLS over HTTP', () => {
  it('trusts the authority that the exporter names, as a text or a file', async () => {
    const { url, bodies } = await serveSecurely();
    expect(await sendTo({ endpoint: url, tls: { ca: tls.cert } })).toEqual(DELIVERED);
    await shutdown();
    expect(await sendTo({ endpoint: url, tls: { ca: join(folder, 'cert.pem') } })).toEqual(DELIVERED);
    expect(bodies).toHaveLength(2);
  });

  it('trusts nobody else', async () => {
    const { url } = await serveSecurely();
    expect(await sendTo({ endpoint: url }, 200)).toMatchObject({ delivered: 0, pending: 1 });
  });

  it('shows a certificate to a server that wants one', async () => {
    const { url } = await serveSecurely({ ca: tls.cert, requestCert: true, rejectUnauthorized: true });
    expect(await sendTo({ endpoint: url, tls: { ca: tls.cert } }, 200)).toMatchObject({ delivered: 0 });
    await shutdown({ timeoutMs: 50 });
    expect(await sendTo({ endpoint: url, tls: { ca: tls.cert, ...tls } })).toEqual(DELIVERED);
  });

  it('is set up by OpenTelemetry’s variables, for a child that ends at once too', async () => {
    const { url, bodies } = await serveSecurely({ ca: tls.cert, requestCert: true, rejectUnauthorized: true });
    const { ended } = await processes.programs.start(`${START} process.exit(3);`, {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_EXPORTER_OTLP_CERTIFICATE: join(folder, 'cert.pem'),
        OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: join(folder, 'cert.pem'),
        OTEL_EXPORTER_OTLP_CLIENT_KEY: join(folder, 'key.pem'),
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      },
    });
    expect(await ended).toMatchObject({ code: 3, stderr: '' });
    // Two spans to a batch.
    expect(bodies.map(body => gunzipSync(body).byteLength > 0)).toEqual(Array<boolean>(13).fill(true));
  });
});

describe('compression', () => {
  it.each(['http/json', 'http/protobuf'] as const)('by gzip makes %s smaller, and says so', async protocol => {
    const sizes: number[] = [];
    const url = await serve(async (request, response) => {
      const body = await buffer(request);
      const plain = gunzipSync(body);
      sizes.push(plain.byteLength / body.byteLength);
      response.writeHead(request.headers['content-encoding'] === 'gzip' ? 200 : 400).end();
    });
    init({
      telemetry: { exporters: [{ type: 'otlp', endpoint: url, protocol, compression: 'gzip' }], metrics: false },
    });
    for (let i = 0; i < 100; i++) withSpan('work', () => {});
    expect(await flush()).toEqual({ delivered: 100, pending: 0, dropped: {} });
    expect(sizes[0]).toBeGreaterThan(2);
  });
});

const processes = useProcesses();

const START = `import { init, withSpan } from '@agentops/node';
  init({ serviceName: 'child', telemetry: { batch: { delayMs: 60_000, maxBatchSize: 2 } } });
  for (let i = 0; i < 25; i++) withSpan('work', () => {});`;

describe('a process that sends by gRPC', () => {
  it.each([
    ['', 0],
    ['process.exit(3);', 3],
    [`throw new Error('the app’s own');`, 1],
    [`process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1_000);`, null],
  ])('and ends by "%s" has delivered, and ends as without us', async (end, code) => {
    const collector = await startGrpcCollector();
    const { ended } = await processes.programs.start(`${START} ${end}`, {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.address}`, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    });
    expect((await ended).code).toBe(code);
    expect(collector.spans).toHaveLength(25);
    collector.close();
  });

  it.each(['dead', 'hang'] as const)('to one that is %s is not held up past the deadlines', async how => {
    const collector = await startGrpcCollector();
    if (how === 'dead') collector.close();
    else collector.script('hang');
    for (const end of ['', 'process.exit(0);']) {
      const { ended } = await processes.programs.start(`${START} ${end}`, {
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector.address}`, OTEL_EXPORTER_OTLP_TIMEOUT: '1000' },
      });
      const { code, ms } = await ended;
      expect(code).toBe(0);
      expect(ms).toBeLessThan(8_000);
    }
    collector.close();
  });

  it('without @grpc/grpc-js is told by init() to install it', async () => {
    const { ended } = await processes.programs.start(`import Module from 'node:module';
      const resolve = Module._resolveFilename;
      Module._resolveFilename = (name, ...rest) => {
        if (name === '@grpc/grpc-js') throw Object.assign(new Error('not found'), { code: 'MODULE_NOT_FOUND' });
        return resolve(name, ...rest);
      };
      const { init } = await import('@agentops/node');
      try {
        init({ telemetry: { exporters: [{ type: 'otlp', endpoint: 'localhost:4317' }] } });
      } catch (error) {
        console.log(error.code + ' ' + error.message);
      }`);
    expect((await ended).stdout).toMatch(
      /^invalid-config .*\n {2}telemetry\.exporters\[0\]\.protocol: .*npm install @grpc\/grpc-js/,
    );
  });
});

describe('what an exporter takes from the environment', () => {
  const describeExporter = (exporter: object | string, environment: Record<string, string>) => {
    const { settings, issues, warnings } = describeConfig(
      { telemetry: { exporters: [exporter as OtlpExporterOption] } },
      environment,
    );
    expect(issues).toEqual([]);
    const own = settings.filter(({ path }) => path.startsWith('telemetry.exporters[0].'));
    return {
      values: Object.fromEntries(own.map(({ path, value }) => [path.replace('telemetry.exporters[0].', ''), value])),
      sources: Object.fromEntries(own.map(({ path, source }) => [path.replace('telemetry.exporters[0].', ''), source])),
      warnings,
    };
  };

  it.each([
    ['localhost:4317', 'grpc'],
    ['http://localhost:4317', 'grpc'],
    ['http://localhost:4317/', 'grpc'],
    ['https://a.test:4317', 'grpc'],
    ['a.test:9999', 'grpc'],
    ['localhost:4318', 'http/protobuf'],
    ['http://a.test:9999', 'http/protobuf'],
    ['http://localhost:4317/v1/traces', 'http/protobuf'],
    ['a.test:9999/base', 'http/protobuf'],
    ['https://a.test', 'http/protobuf'],
  ])('for %s, unless somebody says otherwise, is the protocol %s', (endpoint, protocol) => {
    expect(describeExporter({ type: 'otlp', endpoint }, {}).values).toMatchObject({ protocol });
    const json = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
    expect(describeExporter({ type: 'otlp', endpoint }, json).values).toMatchObject({ protocol: 'http/json' });
  });

  it('is all there is for OTLP, with its source, and paths of keys are shown', () => {
    const { values, sources } = describeExporter(
      { type: 'otlp', endpoint: 'collector:4317' },
      {
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_EXPORTER_OTLP_INSECURE: 'TRUE',
        OTEL_EXPORTER_OTLP_CERTIFICATE: join(folder, 'cert.pem'),
        OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: join(folder, 'key.pem'),
      },
    );
    expect(values).toMatchObject({
      protocol: 'grpc',
      compression: 'gzip',
      insecure: true,
      'tls.ca': join(folder, 'cert.pem'),
      'tls.key': join(folder, 'key.pem'),
    });
    expect(sources).toMatchObject({
      compression: 'env OTEL_EXPORTER_OTLP_COMPRESSION',
      'tls.key': 'env OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY',
    });
  });

  it('is ignored where it is wrong, with a warning that does not show it', () => {
    const { values, warnings } = describeExporter(
      { type: 'otlp', endpoint: 'http://a.test' },
      { OTEL_EXPORTER_OTLP_COMPRESSION: 'brotli', OTEL_EXPORTER_OTLP_CLIENT_KEY: '/no/secret.pem' },
    );
    expect(Object.keys(values).sort()).toEqual(['endpoint', 'protocol', 'type']);
    expect(warnings).toEqual([
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_COMPRESSION must be one of .*; it is ignored$/),
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_CLIENT_KEY must be the path of a PEM file .*; it is ignored$/),
    ]);
    expect(warnings.join()).not.toContain('secret');
  });

  it('hides a key that stands in the configuration itself', () => {
    const { values } = describeExporter({ type: 'otlp', endpoint: 'http://a.test', tls: { ...tls } }, {});
    expect(values).toMatchObject({ 'tls.key': '********', 'tls.cert': '********' });
  });

  it('is the endpoint of Zipkin, and its time-out', () => {
    const { values } = describeExporter('zipkin', {
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://zipkin:9411/api/v2/spans',
      OTEL_EXPORTER_ZIPKIN_TIMEOUT: '500',
    });
    expect(values).toEqual({ type: 'zipkin', endpoint: 'http://zipkin:9411/api/v2/spans', timeoutMs: 500 });
    expect(describeExporter('zipkin', {}).values).toMatchObject({ endpoint: 'http://localhost:9411/api/v2/spans' });
  });

  it('is not told to others', async () => {
    const collector = await startCollector();
    collector.script(202);
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip');
    init({ telemetry: { exporters: [{ type: 'zipkin', endpoint: collector.url }] } });
    withSpan('work', () => {});
    await flush();
    expect(collector.exports[0]?.headers).not.toHaveProperty('content-encoding');
    await collector.close();
  });
});
