import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  extractContext,
  flush,
  getSession,
  init,
  injectContext,
  isAgentOpsError,
  session,
  shutdown,
  startSpan,
  withSpan,
  type InitOptions,
} from '@agentops/node';
import { trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';
import { closeServers, serveEcho } from '../support/node-servers.js';

let collector: Collector;
let warnings: string[];

beforeEach(async () => {
  collector = await startCollector();
  warnings = [];
  vi.spyOn(console, 'warn').mockImplementation((...parts) => void warnings.push(parts.join(' ')));
  for (const name of Object.keys(process.env)) if (/^(OTEL|AGENTOPS)_/.test(name)) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  await shutdown();
  await collector.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Starts with these variables; `{url}` in a value is the collector's. */
function start(environment: Record<string, string>, options?: Parameters<typeof init>[0]) {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value.replace('{url}', collector.url));
  return init(options);
}

async function exported() {
  withSpan('probe', () => {});
  await flush();
  return { span: collector.spans[0], received: collector.exports[0] };
}

const ENDPOINT = { AGENTOPS_ENDPOINT: '{url}' };

describe('the resource', () => {
  it.each([
    [{}, 'unknown_service:node'],
    [{ OTEL_SERVICE_NAME: 'otel' }, 'otel'],
    [{ AGENTOPS_SERVICE_NAME: 'own' }, 'own'],
    [{ AGENTOPS_SERVICE_NAME: 'own', OTEL_SERVICE_NAME: 'otel' }, 'own'],
    [{ AGENTOPS_SERVICE_NAME: '', OTEL_SERVICE_NAME: 'otel' }, 'otel'],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=attribute' }, 'attribute'],
    [{ OTEL_SERVICE_NAME: 'otel', OTEL_RESOURCE_ATTRIBUTES: 'service.name=attribute' }, 'otel'],
  ] as [Record<string, string>, string][])('of %o is the service %s', async (environment, name) => {
    start({ ...ENDPOINT, ...environment });
    expect((await exported()).span?.service).toBe(name);
  });

  it.each([
    ['a=1,b=two', { a: '1', b: 'two' }],
    [' a = 1 , b=x%20y%2Cz ', { a: '1', b: 'x y,z' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=', { a: '' }],
    ['a=%zz', { a: '%zz' }],
    ['lonely,=nameless,a=1', { a: '1' }],
  ])('has the attributes that "%s" says', async (text, attributes) => {
    start({ ...ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: text });
    const { span } = await exported();
    expect(span?.resource).toMatchObject(attributes);
    expect(Object.keys(span?.resource ?? {}).filter(name => /^(lonely|lonel|=.*|)$/.test(name))).toEqual([]);
  });
});

describe('the endpoint', () => {
  it.each([
    [{ AGENTOPS_ENDPOINT: '{url}' }, '/v1/traces'],
    [{ AGENTOPS_ENDPOINT: '{url}/own', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }, '/own/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '{url}/base' }, '/base/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '{url}/v1/traces' }, '/v1/traces'],
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '{url}/v1/traces', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
      '/v1/traces',
    ],
    [{ AGENTOPS_ENDPOINT: '', OTEL_EXPORTER_OTLP_ENDPOINT: '{url}' }, '/v1/traces'],
  ] as [Record<string, string>, string][])('of %o is %s', async (environment, path) => {
    start(environment);
    expect((await exported()).received?.path).toBe(path);
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'api-key=se%3Dcret,b=2' }, { 'api-key': 'se=cret', b: '2' }],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'a=general', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=own' }, { a: 'own' }],
  ] as [Record<string, string>, object][])('gets the headers of %o', async (environment, headers) => {
    start({ ...ENDPOINT, ...environment });
    expect((await exported()).received?.headers).toMatchObject(headers);
  });

  it.each([
    [{}, 'application/x-protobuf'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'application/json'],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' },
      'application/x-protobuf',
    ],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: '' }, 'application/x-protobuf'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'application/x-protobuf'],
  ] as [Record<string, string>, string][])('of %o gets %s', async (environment, type) => {
    start({ ...ENDPOINT, ...environment });
    expect((await exported()).received?.headers['content-type']).toBe(type);
  });

  it.each([
    [{ endpoint: '{url}' }, 'application/json'],
    [{ endpoint: '{url}', telemetry: { exporters: ['otlp'] } }, 'application/json'],
    [{ telemetry: { exporters: [{ type: 'otlp', endpoint: '{url}' }] } }, 'application/json'],
    [
      { telemetry: { exporters: [{ type: 'otlp', endpoint: '{url}', protocol: 'http/protobuf' }] } },
      'application/x-protobuf',
    ],
  ])('that the code names as %j gets %s of the variable', async (options, type) => {
    const inPlace = JSON.parse(JSON.stringify(options).replace('{url}', collector.url)) as InitOptions;
    start({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, inPlace);
    expect((await exported()).received?.headers['content-type']).toBe(type);
  });

  it.each([{ AGENTOPS_ENDPOINT: 'collector:4318' }, { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://a' }])(
    'of %o is a configuration error',
    environment => {
      let thrown: unknown;
      try {
        start(environment as Record<string, string>);
      } catch (error) {
        thrown = error;
      }
      expect(isAgentOpsError(thrown)).toBe(true);
    },
  );
});

describe('OTEL_PROPAGATORS', () => {
  it('warns of names it does not know', () => {
    start({ OTEL_PROPAGATORS: 'xray,tracecontext,ottrace' });
    expect(warnings).toEqual(['[agentops] OTEL_PROPAGATORS: xray, ottrace is not known and is ignored']);
  });

  const B3 = { b3: `${'a'.repeat(32)}-${'b'.repeat(16)}-1` };

  it.each([
    ['', ['baggage', 'traceparent']],
    [',', ['baggage', 'traceparent']],
    ['tracecontext', ['traceparent']],
    ['tracecontext,baggage', ['baggage', 'traceparent']],
    [' b3 , baggage ', ['b3', 'baggage']],
    ['b3multi', ['x-b3-sampled', 'x-b3-spanid', 'x-b3-traceid']],
    ['none', []],
    ['tracecontext,jaeger', ['traceparent']],
  ])('"%s" sends %j', (value, headers) => {
    start({ OTEL_PROPAGATORS: value });
    const sent = withSpan('work', () => injectContext({}));
    expect(Object.keys(sent).sort()).toEqual(headers);
  });

  it.each([
    ['', true],
    ['b3', true],
    ['tracecontext', false],
  ])('"%s" understands b3: %s', (value, understood) => {
    start({ OTEL_PROPAGATORS: value });
    expect(trace.getSpanContext(extractContext(B3)) !== undefined).toBe(understood);
  });

  it('gives way to the code', () => {
    start({ OTEL_PROPAGATORS: 'b3' }, { telemetry: { context: { propagation: ['tracecontext'] } } });
    expect(Object.keys(withSpan('work', () => injectContext({})))).toEqual(['traceparent']);
  });
});

describe('OTEL_SDK_DISABLED', () => {
  it.each(['true', 'TRUE', 'True'])('%s switches everything off, and every function still works', async value => {
    const client = start({ ...ENDPOINT, OTEL_SDK_DISABLED: value });
    expect(withSpan('work', () => 'result')).toBe('result');
    expect(injectContext({ own: '1' })).toEqual({ own: '1' });
    expect(startSpan('work').isRecording()).toBe(false);
    expect(await client.flush()).toEqual({ delivered: 0, pending: 0, dropped: {} });
    expect(collector.exports).toEqual([]);
  });

  it('true hides a wrong configuration', () => {
    expect(() => start({ AGENTOPS_ENDPOINT: 'no url', OTEL_SDK_DISABLED: 'true' })).not.toThrow();
  });

  it.each(['', 'false', '1', 'yes'])('"%s" switches nothing off', async value => {
    start({ ...ENDPOINT, OTEL_SDK_DISABLED: value });
    expect((await exported()).span?.name).toBe('probe');
  });
});

describe('AGENTOPS_ variables', () => {
  it('AGENTOPS_TAGS are the tags of a session that starts by itself', () => {
    start({ AGENTOPS_TAGS: ' a, b ,,' });
    expect(getSession()?.tags).toEqual(['a', 'b']);
  });

  it.each([
    ['', true, false],
    ['http://localhost:*, https://api.example.com', true, false],
    ['*', true, true],
    ['none', false, false],
    [' none ', false, false],
  ])('AGENTOPS_PROPAGATE_TO "%s" sends headers to this machine: %s, to anybody: %s', async (value, here, anybody) => {
    start({ AGENTOPS_PROPAGATE_TO: value });
    const echo = await serveEcho();
    const lookup: LookupFunction = (_hostname, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    await once(http.get(echo.url), 'response');
    await once(http.get({ host: 'service.example', port: echo.port, lookup }), 'response');
    await closeServers();
    expect(echo.heads.map(head => head.headers['traceparent'] !== undefined)).toEqual([here, anybody]);
  });

  it('AGENTOPS_BAGGAGE_ATTRIBUTES are stamped on spans', async () => {
    start({ ...ENDPOINT, AGENTOPS_BAGGAGE_ATTRIBUTES: 'tenant.id' });
    session.addBaggage('tenant.id', 'acme');
    expect((await exported()).span?.attributes['tenant.id']).toBe('acme');
  });

  it('name the disk queue, whose limit must be a number', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agentops-queue-'));
    const variables = { ...ENDPOINT, AGENTOPS_DISK_QUEUE_FOLDER: folder };
    expect(() => start({ ...variables, AGENTOPS_DISK_QUEUE_MAX_BYTES: 'many' })).toThrow(
      'telemetry.diskQueue.maxBytes',
    );
    start({ ...variables, AGENTOPS_DISK_QUEUE_MAX_BYTES: '1000000' });
    withSpan('work', () => {});
    expect(await readdir(folder)).toHaveLength(1);
    await shutdown();
    await rm(folder, { recursive: true });
  });

  it('give way to the code, option by option', async () => {
    start({ ...ENDPOINT, AGENTOPS_SERVICE_NAME: 'environment', AGENTOPS_TAGS: 'a' }, { serviceName: 'code' });
    expect(getSession()?.tags).toEqual(['a']);
    expect((await exported()).span?.service).toBe('code');
  });
});
