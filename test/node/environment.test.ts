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
  session,
  shutdown,
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
  ])('has the attributes that "%s" says', async (text, attributes) => {
    start({ ...ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: text });
    expect((await exported()).span?.resource).toMatchObject(attributes);
  });

  it.each(['a=1,b=%zz', 'a=1,lonely', 'a=1,=nameless'])('has nothing of "%s", which is malformed', async text => {
    start({ ...ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: text });
    expect(Object.keys((await exported()).span?.resource ?? {})).not.toContain('a');
  });

  it.each<[string, Record<string, string>, InitOptions, string]>([
    ['of the code', { OTEL_SERVICE_NAME: 'otel' }, { resourceAttributes: { 'service.name': 'code' } }, 'code'],
    ['of the code', { OTEL_RESOURCE_ATTRIBUTES: 'service.name=otel' }, { serviceName: 'code' }, 'code'],
  ])(
    '%s goes before the environment, whichever way each names the service: case %#',
    async (_title, variables, options, name) => {
      start({ ...ENDPOINT, ...variables }, options);
      expect((await exported()).span?.service).toBe(name);
    },
  );
});

describe('the endpoint', () => {
  it.each([
    [{ AGENTOPS_ENDPOINT: '{url}' }, '/v1/traces'],
    [{ AGENTOPS_ENDPOINT: '{url}/own', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }, '/own/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '{url}/base' }, '/base/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '{url}/v1/traces' }, '/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '{url}/own?key=1' }, '/own?key=1'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '{url}' }, '/'],
    [{ AGENTOPS_ENDPOINT: '{url}', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '{url}/own' }, '/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'ftp://a', OTEL_EXPORTER_OTLP_ENDPOINT: '{url}' }, '/v1/traces'],
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
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'thrift' }, 'application/x-protobuf'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'HTTP/JSON' }, 'application/json'],
    [{ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: ' Http/Json ' }, 'application/json'],
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

  it('of OpenTelemetry for traces alone gives way to the code, and to an exporter that has its own', async () => {
    const variables = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '{url}/environment' };
    start(variables, { endpoint: `${collector.url}/code` });
    expect((await exported()).received?.path).toBe('/code/v1/traces');
    await shutdown();
    start(variables, { telemetry: { exporters: ['otlp', { type: 'otlp', url: `${collector.url}/exporter` }] } });
    withSpan('probe', () => {});
    await flush();
    const paths = collector.exports.slice(1).map(({ path }) => path);
    expect(paths.sort()).toEqual(['/environment', '/exporter']);
  });

  it('of our own is a configuration error that names the variable', () => {
    expect(() => start({ AGENTOPS_ENDPOINT: 'collector' })).toThrow(
      /endpoint: must be an http\(s\) URL .* \(env AGENTOPS_ENDPOINT\)/,
    );
  });

  it('of OpenTelemetry is ignored where it is none, with a warning', () => {
    expect(() => start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://a' })).not.toThrow();
    expect(warnings).toEqual([expect.stringMatching(/OTEL_EXPORTER_OTLP_ENDPOINT must be an .*; it is ignored$/)]);
  });
});

describe('OTEL_TRACES_EXPORTER', () => {
  it.each([
    ['otlp', 1],
    ['none', 0],
    ['console', 0],
    ['OTLP', 1],
    ['None', 0],
    ['jaeger', 1],
    ['', 1],
  ])('"%s" has %d requests sent to the endpoint', async (value, requests) => {
    const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
    start({ ...ENDPOINT, OTEL_TRACES_EXPORTER: value });
    withSpan('probe', () => {});
    await flush();
    expect(collector.exports).toHaveLength(requests);
    expect(printed.mock.calls.length > 0).toBe(value === 'console');
    expect(warnings).toEqual(
      value === 'jaeger' ? ['[agentops] OTEL_TRACES_EXPORTER: jaeger is not known and is ignored'] : [],
    );
  });
});

describe('limits of OpenTelemetry', () => {
  it('for attributes hold', async () => {
    start({ ...ENDPOINT, OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3' });
    withSpan('probe', { attributes: { long: 'abcdef' } }, () => {});
    await flush();
    expect(collector.spans[0]?.attributes['long']).toBe('abc');
  });

  it('for batches hold', async () => {
    start({ ...ENDPOINT, OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2' });
    for (let count = 0; count < 4; count++) withSpan('probe', () => {});
    await flush();
    expect(collector.exports).toHaveLength(2);
  });

  it('for one export hold', async () => {
    collector.script('hang', 200);
    const client = start({ ...ENDPOINT, OTEL_EXPORTER_OTLP_TIMEOUT: '50' });
    withSpan('probe', () => {});
    await vi.waitFor(() => expect(client.health().backends[0]?.failures).toBe(1), 5_000);
  });

  it.each(['many', '-1', '1.5', '0'])('are ignored where they are wrong, such as "%s"', value => {
    expect(() => start({ ...ENDPOINT, OTEL_BSP_MAX_QUEUE_SIZE: value })).not.toThrow();
    expect(warnings).toEqual([
      `[agentops] OTEL_BSP_MAX_QUEUE_SIZE must be a whole number from 1, got ${Number(value)}; it is ignored`,
    ]);
  });
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
    ['TraceContext,Baggage', ['baggage', 'traceparent']],
    ['NONE', []],
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

describe('variables for logs', () => {
  const LOGS = { OTEL_LOGS_EXPORTER: 'otlp', OTEL_BLRP_SCHEDULE_DELAY: '5' };

  it.each([
    [{}, []],
    [{ AGENTOPS_DEBUG: 'true' }, Object.keys(LOGS).sort()],
  ])('are told of at start-up with %o: %j', (variables, told) => {
    const details = vi.spyOn(console, 'debug').mockImplementation(() => {});
    start({ ...LOGS, ...variables });
    const notes = details.mock.calls.flat().filter(text => String(text).includes('no logs are made here'));
    expect(notes.map(text => /OTEL_\w+/.exec(String(text))?.[0])).toEqual(told);
    expect(warnings).toEqual([]);
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
