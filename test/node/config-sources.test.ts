import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeConfig } from '@agentops/node/config';
import { describe, expect, it } from 'vitest';
import { useProcesses } from '../support/node-processes.js';

describe('OTEL_TRACES_EXPORTER=otlp without an endpoint', () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{}, 'http://localhost:4318'],
    [{ AGENTOPS_ENDPOINT: 'http://a.test' }, 'http://a.test'],
    [{ AGENTOPS_EXPORTERS: 'console' }, undefined],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'http://localhost:4317'],
  ])('and with %o exports to %s', (variables, endpoint) => {
    const { settings, issues } = describeConfig({}, { OTEL_TRACES_EXPORTER: 'otlp', ...variables });
    expect(issues).toEqual([]);
    expect(settings.find(({ path }) => path === 'telemetry.exporters[0].endpoint')?.value).toBe(endpoint);
  });
});

describe('with telemetry.useExternalOtel', () => {
  const variables = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://theirs.test',
    OTEL_PROPAGATORS: 'b3',
    OTEL_BSP_SCHEDULE_DELAY: '5',
  };
  const valueOf = (path: string, environment: Record<string, string>) =>
    describeConfig({}, environment).settings.find(setting => setting.path === path)?.value;

  it('what tells the provider of the app where to export to is not followed a second time', () => {
    const attached = { ...variables, AGENTOPS_USE_EXTERNAL_OTEL: 'true' };
    expect(valueOf('endpoint', variables)).toBe('http://theirs.test');
    expect(valueOf('endpoint', attached)).toBe(undefined);
    expect(valueOf('telemetry.batch.delayMs', attached)).toBe(1_000);
    expect(valueOf('endpoint', { ...attached, AGENTOPS_ENDPOINT: 'http://ours.test' })).toBe('http://ours.test');
    expect(valueOf('telemetry.context.propagation', attached)).toEqual(['b3']);
  });
});

it.each([null, 5, 'text'])('options that are %o are no options', options => {
  const { issues } = describeConfig(options as never, {});
  expect(issues).toEqual([{ path: 'options', message: expect.stringMatching(/^must be an object/), source: 'code' }]);
});

describe('wrong variables of our own', () => {
  it('are all named, with the options of the code that are wrong', () => {
    const variables = { AGENTOPS_DEBUG: '1', AGENTOPS_BATCH_DELAY_MS: 'soon', AGENTOPS_EXPORTERS: 'jaeger' };
    const { issues } = describeConfig({ serviceName: '' }, variables);
    expect(issues.map(({ path, source }) => [path, source])).toEqual([
      ['debug', 'env AGENTOPS_DEBUG'],
      ['telemetry.exporters[0]', 'env AGENTOPS_EXPORTERS'],
      ['telemetry.batch.delayMs', 'env AGENTOPS_BATCH_DELAY_MS'],
      ['serviceName', 'code'],
    ]);
  });
});

describe('a process', () => {
  const PROGRAM = `
    import { init, withSpan, shutdown } from '@agentops/node';
    const options = JSON.parse(process.env.OPTIONS ?? '{}');
    try {
      init(options);
      withSpan('probe', () => {});
      await shutdown();
    } catch (error) {
      console.log(error.code + ' ' + error.message);
    }
    console.log('app runs');
  `;
  const processes = useProcesses();

  const write = (name: string, serviceName: string) =>
    writeFile(join(processes.folder, name), `endpoint: ${processes.collector.url}\nserviceName: ${serviceName}\n`);

  const run = async (env: Record<string, string> = {}, registered = false) => {
    const child = await processes.programs.start(registered ? `console.log('app runs')` : PROGRAM, {
      env,
      cwd: processes.folder,
      registered,
    });
    return child.ended;
  };

  it.each([
    [['agentops.yaml', 'agentops.yml', 'agentops.json'], 'agentops.yaml'],
    [['agentops.yml', 'agentops.json'], 'agentops.yml'],
    [['agentops.json'], 'agentops.json'],
  ])('finds of %j in its working directory %s', async (names, found) => {
    for (const name of names)
      await (name.endsWith('json')
        ? writeFile(
            join(processes.folder, name),
            JSON.stringify({ endpoint: processes.collector.url, serviceName: name }),
          )
        : write(name, name));
    const { stdout, stderr } = await run();
    expect(stdout).toBe('app runs\n');
    expect(processes.collector.spans.map(({ service }) => service)).toEqual([found]);
    const rest = names.slice(1).join(', ');
    expect(stderr).toBe(rest && `[agentops] ${found} is read, and not what lies beside it: ${rest}\n`);
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['the file before the default', {}, ['found']],
    ['the file that the variable names', { AGENTOPS_CONFIG_FILE: 'named.yaml' }, ['named']],
    ['the one that is found for an empty variable', { AGENTOPS_CONFIG_FILE: '' }, ['found']],
    ['the environment before the file', { OTEL_SERVICE_NAME: 'variable' }, ['variable']],
    ['it by a resource attribute, too', { OTEL_RESOURCE_ATTRIBUTES: 'service.name=attribute' }, ['attribute']],
    ['the code before both', { OTEL_SERVICE_NAME: 'variable', OPTIONS: '{"serviceName":"code"}' }, ['code']],
    [
      'the file that the code names before the variable',
      { AGENTOPS_CONFIG_FILE: 'named.yaml', OPTIONS: '{"configFile":"agentops.yaml"}' },
      ['found'],
    ],
    ['no file when the code wants none', { AGENTOPS_CONFIG_FILE: 'named.yaml', OPTIONS: '{"configFile":false}' }, []],
    ['nothing when it is switched off', { OTEL_SDK_DISABLED: 'true', AGENTOPS_CONFIG_FILE: 'none.yaml' }, []],
  ])('takes %s', async (_title, env, services) => {
    await write('agentops.yaml', 'found');
    await write('named.yaml', 'named');
    expect((await run(env)).stdout).toBe('app runs\n');
    expect(processes.collector.spans.map(({ service }) => service)).toEqual(services);
  });

  it('takes the settings of the file for the spans of one that only registers', async () => {
    await write('agentops.yaml', 'registered');
    const source = `import http from 'node:http';
      const server = http.createServer((_, response) => response.end()).listen(0, async () => {
        await fetch('http://127.0.0.1:' + server.address().port);
        server.close();
      });`;
    await (
      await processes.programs.start(source, { cwd: processes.folder, registered: true })
    ).ended;
    expect(new Set(processes.collector.spans.map(({ service }) => service))).toEqual(new Set(['registered']));
  });

  it.each<[string, Record<string, string>, string]>([
    ['that is broken', {}, 'invalid-config Wrong AgentOps configuration:\n  agentops.yaml:1: '],
    ['that is not there', { AGENTOPS_CONFIG_FILE: 'none.yaml' }, '\n  none.yaml: cannot be read: ENOENT'],
    ['that is a folder', { AGENTOPS_CONFIG_FILE: '.' }, '\n  .: cannot be read: it is no file'],
    ['of a wrong name', { OPTIONS: '{"configFile":5}' }, '\n  configFile: must be the path of a file, or false'],
  ])('is told by init() of a file %s', async (_title, env, message) => {
    await writeFile(join(processes.folder, 'agentops.yaml'), 'a: [');
    const { stdout, code } = await run(env);
    expect(stdout).toContain(message);
    expect([stdout.endsWith('app runs\n'), code]).toEqual([true, 0]);
  });

  it('does not wait for a pipe', async () => {
    execFileSync('mkfifo', [join(processes.folder, 'agentops.yaml')]);
    expect((await run()).stdout).toContain('agentops.yaml: cannot be read: it is no file');
  });

  it('runs without tracing when it only registers, and says why', async () => {
    await writeFile(join(processes.folder, 'agentops.yaml'), 'debug: perhaps');
    const { stdout, stderr, code } = await run({}, true);
    expect([stdout, code]).toEqual(['app runs\n', 0]);
    expect(stderr).toContain('the configuration is wrong; the app runs without tracing');
    expect(stderr).toContain('debug: must be true or false, got string (file agentops.yaml:1)');
  });
});

describe('OTEL_LOG_LEVEL', () => {
  it.each([
    ['debug', true],
    ['ALL', true],
    ['warn', false],
    ['none', false],
    ['loud', false],
  ])('%s is debug: %s', (level, expected) => {
    const { settings } = describeConfig({ configFile: false }, { OTEL_LOG_LEVEL: level });
    expect(settings.find(({ path }) => path === 'debug')?.value).toBe(expected);
  });
});
