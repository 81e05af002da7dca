import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConfig } from '@agentops/node/config';
import { flush, getSession, init, shutdown, startSession, withSpan, type InitOptions } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';

const SECRET = 'HUSH';

let collector: Collector;
let warnings: string[];

beforeEach(async () => {
  collector = await startCollector();
  warnings = [];
  vi.spyOn(console, 'warn').mockImplementation((...parts) => void warnings.push(parts.join(' ')));
  for (const name of Object.keys(process.env)) if (/^(OTEL|AGENTOPS)_/.test(name)) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  await shutdown({ timeoutMs: 100 });
  await collector.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

type Headers = Record<string, string>;

const PLACES: [path: string, options: (headers: Headers) => InitOptions][] = [
  ['headers', headers => ({ headers })],
  [
    'telemetry.exporters[0].headers',
    headers => ({ telemetry: { exporters: [{ type: 'otlp', endpoint: 'http://a.test', headers }] } }),
  ],
  ['telemetry.exporters[0].headers', headers => ({ telemetry: { exporters: [{ type: 'zipkin', headers }] } })],
  ['telemetry.metrics.headers', headers => ({ telemetry: { metrics: { headers } } })],
];

describe('headers that HTTP cannot carry', () => {
  it.each(PLACES)('are wrong, and are named without their values: %s, case %#', (path, options) => {
    const headers = {
      authorization: `Bearer ${SECRET}\n`,
      'x-name': `${SECRET}€`,
      [`x token ${SECRET}`]: 'a',
      '': SECRET,
      'x-fine': `${SECRET}\t~ü`,
    };
    expect(() => init(options(headers))).toThrow(expect.objectContaining({ code: 'invalid-config' }));
    const { issues } = describeConfig(options(headers), {});
    expect(issues.map(issue => issue.path)).toEqual(
      ['authorization', 'x-name', 'x', ''].map(name => `${path}.${name}`),
    );
    expect(JSON.stringify(issues)).not.toContain(SECRET);
  });

  it('are named where they stand in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agentops-headers-'));
    const configFile = join(folder, 'a.yaml');
    await writeFile(configFile, `endpoint: http://a.test\nheaders:\n  a: b\n  authorization: "${SECRET}\\n"\n`);
    const { issues } = describeConfig({ configFile }, {});
    expect(issues).toMatchObject([{ path: 'headers.authorization', source: `file ${configFile}:4` }]);
    expect(JSON.stringify(issues)).not.toContain(SECRET);
    await rm(folder, { recursive: true });
  });

  it('of a session’s exporter have it left out, with a warning', async () => {
    init({ endpoint: collector.url });
    const session = startSession();
    session.addExporter({ type: 'otlp', endpoint: collector.url, headers: { 'x-key': `${SECRET}\n` } });
    session.run(() => withSpan('work', () => {}));
    session.end();
    expect(await flush()).toMatchObject({ pending: 0, dropped: {} });
    expect(warnings.join()).toContain('headers.x-key');
    expect(warnings.join()).not.toContain(SECRET);
  });

  it.each(['AGENTOPS_HEADERS', 'AGENTOPS_METRICS_HEADERS'])('are an error of %s', variable => {
    const { issues } = describeConfig({}, { [variable]: `a=b,x-key=${SECRET}%0A` });
    expect(issues).toMatchObject([{ path: expect.stringMatching(/headers\.x-key$/), source: `env ${variable}` }]);
    expect(JSON.stringify(issues)).not.toContain(SECRET);
  });

  it('are left out of OpenTelemetry’s variables, each for itself, with a warning that names them', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', `a=b,x-key=${SECRET}%0A,x y=${SECRET}`);
    init({ endpoint: collector.url });
    withSpan('work', () => {});
    expect(await flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(collector.exports[0]?.headers).toMatchObject({ a: 'b' });
    expect(collector.exports[0]?.headers).not.toHaveProperty('x-key');
    expect(warnings).toEqual(['[agentops] OTEL_EXPORTER_OTLP_HEADERS: x-key, x, which HTTP cannot carry, is ignored']);
  });
});

describe('headers that are no name=value', () => {
  it.each([
    ['AGENTOPS_HEADERS', 'headers'],
    ['AGENTOPS_METRICS_HEADERS', 'telemetry.metrics.headers'],
  ])('are an error of %s', (variable, path) => {
    for (const text of [`Bearer ${SECRET}`, `a=b,${SECRET}`, 'a=%zz']) {
      const { issues } = describeConfig({}, { [variable]: text });
      expect(issues).toEqual([{ path, message: 'must be an object of texts, got string', source: `env ${variable}` }]);
    }
    expect(describeConfig({}, { [variable]: ' , ' }).issues).toEqual([]);
  });

  it('are left out of OpenTelemetry’s, with a warning', () => {
    const { issues, warnings: told } = describeConfig({}, { OTEL_EXPORTER_OTLP_HEADERS: `a=b,${SECRET}` });
    expect(issues).toEqual([]);
    expect(told).toEqual(['OTEL_EXPORTER_OTLP_HEADERS: what is no name=value is ignored']);
  });
});

it('the session that is active has a backend of its own by its handle, as the README has it', async () => {
  init({});
  startSession().run(() => {
    getSession()?.addExporter({ type: 'otlp', endpoint: collector.url });
    withSpan('work', () => {});
  });
  await flush();
  expect(collector.spans.map(({ name }) => name)).toContain('work');
});
