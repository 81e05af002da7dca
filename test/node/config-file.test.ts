import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConfig } from '@agentops/node/config';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A configuration that was asked for, byte for byte. */
const REQUESTED = `telemetry:
  sampling:
    rate: 1.0
    rules: []
  exporters:
    - type: agentops
      endpoint: https://api.agentops.ai
    - type: otlp
      endpoint: localhost:4317
  context:
    propagation: 
      - b3
      - w3c
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentops-config-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function describeFile(content: string | Uint8Array, environment: Record<string, string> = {}, name = 'a.yaml') {
  const configFile = join(folder, name);
  await writeFile(configFile, content);
  const { settings, issues, warnings } = describeConfig({ configFile }, environment);
  const short = (text: string) => text.replaceAll(`${folder}/`, '');
  return {
    values: Object.fromEntries(settings.map(({ path, value }) => [path, value])),
    sources: Object.fromEntries(settings.map(({ path, source }) => [path, short(source)])),
    wrong: issues.map(({ path, message, source }) => short(`${path}: ${message}${source ? ` (${source})` : ''}`)),
    warnings: warnings.map(short),
  };
}

describe('a configuration file', () => {
  it('may be the YAML that was asked for', async () => {
    const { values, sources, wrong, warnings } = await describeFile(REQUESTED);
    expect(wrong).toEqual([]);
    expect(values).toMatchObject({
      'telemetry.sampling.rate': 1,
      'telemetry.sampling.rules': [],
      'telemetry.exporters[0].type': 'otlp',
      'telemetry.exporters[0].endpoint': 'localhost:4317',
      'telemetry.exporters[0].protocol': 'grpc',
      'telemetry.context.propagation': ['b3', 'w3c'],
    });
    expect(values).not.toHaveProperty(['telemetry.exporters[1].type']);
    expect(sources).toMatchObject({
      'telemetry.sampling.rate': 'file a.yaml:3',
      'telemetry.exporters[0].endpoint': 'file a.yaml:9',
      'telemetry.exporters[0].protocol': 'default',
      'telemetry.context.propagation': 'file a.yaml:11',
    });
    expect(warnings).toEqual([
      expect.stringMatching(/^a\.yaml:6: .*type "agentops" is not available in this version, and is left out$/),
    ]);
  });

  it('may be JSON, and name its schema', async () => {
    const json = '{\n  "$schema": "x.json",\n  "serviceName": "planner",\n  "tags": ["${TAG}", "5"]\n}';
    const { values, sources, wrong } = await describeFile(json, { TAG: '6' }, 'a.json');
    expect(wrong).toEqual([]);
    expect(values).toMatchObject({ serviceName: 'planner', tags: ['6', '5'] });
    expect(sources).toMatchObject({ serviceName: 'file a.json:3', tags: 'file a.json:4' });
  });

  it('may be written in snake_case, but for names that are the user’s own', async () => {
    const { values } = await describeFile(`
service_name: planner
resource_attributes: { team_name: red }
headers: { x_api_version: '1' }
telemetry:
  batch: { max_queue_size: 5 }
  sampling: { rules: [{ attributes: { user_tier: free }, rate: 0 }] }
`);
    expect(values).toMatchObject({
      serviceName: 'planner',
      'resourceAttributes.team_name': 'red',
      'headers.x_api_version': '********',
      'telemetry.batch.maxQueueSize': 5,
      'telemetry.sampling.rules[0].attributes.user_tier': 'free',
    });
  });

  it.each(['', '# nothing\n', 'serviceName:\n', 'telemetry:\n', 'serviceName: ${UNSET}\n'])(
    'says nothing with %j',
    async content => {
      const { values, wrong } = await describeFile(content);
      expect(wrong).toEqual([]);
      expect(values).toMatchObject({ serviceName: 'unknown_service:node' });
    },
  );

  it('may begin with a byte order mark', async () => {
    expect((await describeFile('\uFEFFserviceName: planner')).values).toMatchObject({ serviceName: 'planner' });
  });

  it.each([
    ['localhost:4318', 'http://localhost:4318'],
    ['10.0.0.1:80/base', 'http://10.0.0.1:80/base'],
    ["'[::1]:4318'", 'http://[::1]:4318'],
    ['https://a.test', 'https://a.test'],
  ])('has %s for the endpoint %s', async (written, endpoint) => {
    expect((await describeFile(`endpoint: ${written}`)).values).toMatchObject({ endpoint });
  });
});

describe('a variable in a file', () => {
  const VARIABLES = { NAME: 'planner', NUMBER: '5', TRUE: 'true', EMPTY: '', CODE: 'a: [b]', REFERENCE: '${NAME}' };

  it.each<[string, unknown]>([
    ['${NAME}', 'planner'],
    ['${env:NAME}', 'planner'],
    ['"${NAME}"', 'planner'],
    ['a-${NAME}-${NAME}', 'a-planner-planner'],
    ['${UNSET:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${NAME:-fallback}', 'planner'],
    ['x${UNSET}y', 'xy'],
    ['$$', '$'],
    ['$$$${NAME}', '$${NAME}'],
    ['$$${NAME}', '$planner'],
    ['${UNSET:-${NAME}}', '${NAME}'],
    ['$${NAME:-${NAME}}', '${NAME:-planner}'],
    ['${UNSET:-$${UNSET}}', '${UNSET:-${UNSET}}'],
    ['a $$ b', 'a $ b'],
    ['a $ b', 'a $ b'],
    ['$${NAME}', '${NAME}'],
    ['$NAME', '$NAME'],
    ['${REFERENCE}', '${NAME}'],
    ['x${constructor}', 'x'],
    ['"${NUMBER}"', '5'],
    ['${CODE}', 'a: [b]'],
    ["'#${NAME}'", '#planner'],
  ])('%s is %j', async (written, value) => {
    const { values, wrong } = await describeFile(`serviceName: ${written}`, VARIABLES);
    expect(wrong).toEqual([]);
    expect(values).toMatchObject({ serviceName: value });
  });

  it('is a number, true or a list item where YAML would read one', async () => {
    const content = 'debug: ${TRUE}\ntags: ["${NAME}", x]\ntelemetry:\n  batch:\n    maxQueueSize: ${NUMBER}00';
    const { values } = await describeFile(content, VARIABLES);
    expect(values).toMatchObject({ debug: true, tags: ['planner', 'x'], 'telemetry.batch.maxQueueSize': 500 });
  });

  it('makes no lists or objects', async () => {
    const { wrong } = await describeFile('tags: ${LIST}\nheaders: ${MAP}', { LIST: '[a, b]', MAP: '{ a: b }' });
    expect(wrong.map(text => text.split(':')[0])).toEqual(['tags', 'headers']);
  });

  it('is not replaced in names', async () => {
    const { values } = await describeFile('resourceAttributes: { "${NAME}": x }', VARIABLES);
    expect(values).toHaveProperty(['resourceAttributes.${NAME}'], 'x');
  });

  it.each(['${1NAME}', '${NAME', '${NAME:?no}', '${}'])('must be well-formed, not %s', async written => {
    const { wrong } = await describeFile(`debug: true\nserviceName: '${written}'`, VARIABLES);
    expect(wrong).toEqual(['a.yaml:2: a ${ must be ${NAME} or ${NAME:-default}, or $${']);
  });
});

describe('a wrong file', () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ['is no YAML', 'serviceName: a\ntags: [a\n', /^a\.yaml:\d: Flow sequence/],
    ['sets a name twice', 'debug: true\ndebug: false', /^a\.yaml:2: Map keys must be unique/],
    [
      'sets a name in two spellings',
      'serviceName: a\nservice_name: b',
      /^serviceName: is set twice \(file a\.yaml:2\)/,
    ],
    ['holds two documents', 'debug: true\n---\ndebug: true', /^a\.yaml:\d: .*multiple documents/],
    ['has a tag', 'debug: true\nserviceName: !!js/function x', /^a\.yaml:2: Unresolved tag/],
    ['is no object', '- a\n- b', /^options: must be an object, got array \(file a\.yaml:1\)/],
    ['has an option that is none', 'debug: true\nservicename: a', /^servicename: is no option.* \(file a\.yaml:2\)/],
    ['has nothing in a list', 'tags:\n  - a\n  -\n', /^tags\[1\]: must be a text.*got null/],
    ['is no text', new Uint8Array([0xff, 0xfe, 0x00]), /^a\.yaml: cannot be read: .*not valid/],
    ['is too large', `# ${'x'.repeat(262_144)}`, /^a\.yaml: cannot be read: it has 262146 bytes, and may have 262144/],
    ['is nested without end', '['.repeat(100_000), /^a\.yaml.*: Maximum call stack/],
    [
      'is a bomb of aliases',
      `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]}, `.repeat(9)}x]`).join('\n')}`,
      /^a\.yaml: cannot be read: Excessive alias count/,
    ],
  ])('that %s is told by its name, its line and what is wrong', async (_title, content, message) => {
    const { wrong, values } = await describeFile(content);
    expect(wrong[0]).toMatch(message);
    expect(values).toEqual({});
  });

  it('is told with all that is wrong elsewhere, also what another source goes before', async () => {
    const content = 'telemetry:\n  batch:\n    delayMs: soon\n  context:\n    propagation: [jaeger]';
    const { wrong } = await describeFile(content, { AGENTOPS_BATCH_DELAY_MS: '5', AGENTOPS_DEBUG: 'perhaps' });
    expect(wrong.map(text => text.replace(/:.*\(/, ' ('))).toEqual([
      'telemetry.batch.delayMs (file a.yaml:3)',
      'telemetry.context.propagation[0] (file a.yaml:5)',
      'debug (env AGENTOPS_DEBUG)',
    ]);
  });

  it('never shows what is in it', async () => {
    const { wrong } = await describeFile('endpoint: sk-secret\nheaders: ${KEY}\ntags: [sk-secret', {
      KEY: 'sk-secret',
    });
    expect(wrong.length).toBeGreaterThan(0);
    expect(wrong.join()).not.toContain('secret');
  });

  it('may not pollute a prototype', async () => {
    const { wrong } = await describeFile('__proto__: { debug: true }');
    expect(wrong).toEqual([expect.stringMatching(/^__proto__: is no option/)]);
    expect(({} as { debug?: boolean }).debug).toBeUndefined();
  });

  it('is an OTLP exporter that nobody gives an endpoint', async () => {
    expect((await describeFile('telemetry:\n  exporters:\n    - otlp')).wrong).toEqual([
      'telemetry.exporters[0].endpoint: must be set, here or as the `endpoint` of the configuration (file a.yaml:3)',
    ]);
  });
});
