import { describeConfig } from '@agentops/node/config';
import { describe, expect, it } from 'vitest';
import { useProcesses } from '../support/node-processes.js';

/** What they make of the resource, and what is said of it. */
function read(text: string, others: Record<string, string> = {}) {
  const { settings, issues, warnings } = describeConfig({ configFile: false }, { OTEL_ENTITIES: text, ...others });
  expect(issues).toEqual([]);
  const attributes = settings.filter(({ path }) => path.startsWith('resourceAttributes.'));
  return {
    attributes: Object.fromEntries(
      attributes.map(({ path, value }) => [path.slice('resourceAttributes.'.length), value]),
    ),
    warnings: warnings.map(warning => warning.replace('OTEL_ENTITIES: ', '')),
  };
}

describe('OTEL_ENTITIES', () => {
  it.each<[string, object]>([
    ['', {}],
    [';;', {}],
    ['host{host.id=1}', { 'host.id': '1' }],
    [
      'service{service.name=app,service.instance.id=i-1}[service.version=1.0.0]',
      { 'service.name': 'app', 'service.instance.id': 'i-1', 'service.version': '1.0.0' },
    ],
    [
      'k8s.pod{k8s.pod.uid=a}@https://opentelemetry.io/schemas/1.21.0;host{host.id=b}',
      { 'k8s.pod.uid': 'a', 'host.id': 'b' },
    ],
    ['; host{ host.id=1 , a=2 } ;', { 'host.id': '1', a: '2' }],
    ['a{b=my%2Capp}[c=key%3Dvalue%5Bprod%5D,d=]', { b: 'my,app', c: 'key=value[prod]', d: '' }],
    ['a{b=1}[b=2]', { b: '1' }],
  ])('"%s"', (text, attributes) => {
    expect(read(text).attributes).toEqual(attributes);
  });

  it.each<[string, object, string]>([
    ['a{b=1};invalid{syntax;c{d=2}', { b: '1', d: '2' }, 'entity 2 is malformed'],
    ['service{};host{host.id=1}', { 'host.id': '1' }, 'entity 1 is malformed'],
    ['{b=1}', {}, 'entity 1 is malformed'],
    ['1a{b=1}', {}, 'entity 1 is malformed'],
    ['a{b=%zz}', {}, 'entity 1 is malformed'],
    ['a{b}', {}, 'entity 1 is malformed'],
    ['a{b=1,}', {}, 'entity 1 is malformed'],
    ['a[c=1]{b=1}', {}, 'entity 1 is malformed'],
    ['a{b=1}[c=1,=2,d=%zz]', { b: '1', c: '1' }, 'a part of the description of a is malformed'],
    ['a{b=1}[c=1];a{b=1}[c=2]', { b: '1', c: '2' }, 'there are several entities of the type a'],
    ['a{b=1}[c=1];a{b=2}', { b: '2' }, 'there are several entities of the type a'],
    ['a{b=1}[x=1];c{d=1}[x=2]', { b: '1', d: '1', x: '2' }, 'x has several values'],
    ['a{b=1}@nonsense', { b: '1' }, 'the schema of a is no URL'],
    ['\0'.repeat(50_000), {}, 'entity 1 is malformed'],
    ['a{'.repeat(20_000), {}, 'entity 1 is malformed'],
  ])('with "%.40s" is read as far as it is right', (text, attributes, warning) => {
    const { attributes: found, warnings } = read(text);
    expect(found).toEqual(attributes);
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });

  it.each<[Record<string, string>, string]>([
    [{}, 'entity'],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=attribute' }, 'attribute'],
    [{ OTEL_SERVICE_NAME: 'variable' }, 'variable'],
    [{ AGENTOPS_SERVICE_NAME: 'own' }, 'own'],
  ])('beside %o names the service %s', (others, name) => {
    const { settings } = describeConfig(
      { configFile: false },
      { OTEL_ENTITIES: 'service{service.name=entity}', ...others },
    );
    expect(settings.find(({ path }) => path === 'serviceName')).toMatchObject({
      value: name,
      source: `env ${Object.keys(others)[0] ?? 'OTEL_ENTITIES'}`,
    });
  });
});

describe('a process', () => {
  const processes = useProcesses();

  it('sends them with its spans', async () => {
    const source = `
      import { init, shutdown, withSpan } from '@agentops/node';
      init();
      withSpan('probe', () => {});
      await shutdown();`;
    const env = {
      AGENTOPS_ENDPOINT: processes.collector.url,
      OTEL_ENTITIES: 'service{service.name=planner}[service.version=2];k8s.pod{k8s.pod.uid=p-1}',
    };
    await (
      await processes.programs.start(source, { env, cwd: processes.folder })
    ).ended;
    expect(processes.collector.spans[0]).toMatchObject({
      service: 'planner',
      resource: { 'service.version': '2', 'k8s.pod.uid': 'p-1' },
    });
  });
});
