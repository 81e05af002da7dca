import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltViewer, buildViewer } from '../built-viewer.js';

let built: BuiltViewer;
let folder: string;

beforeAll(async () => {
  built = await buildViewer();
});

afterAll(() => built.remove());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentops-config-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string) => writeFileSync(join(folder, 'agentops.yaml'), text);

/** `agentops config`, in the folder and with nothing in its environment but `env`. */
async function config(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [built.cli, 'config', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => (stdout += chunk));
  child.stderr.on('data', chunk => (stderr += chunk));
  const [code] = (await once(child, 'close')) as [number];
  const lines = stdout.trimEnd().split('\n');
  return { code, stdout, stderr, rows: lines.map(line => line.split(/ {2,}/)) };
}

describe('agentops config', () => {
  it('says each value that holds, and by what', async () => {
    write('service_name: planner\nendpoint: http://127.0.0.1:4318\ntelemetry:\n  batch:\n    delay_ms: 500\n');
    const { code, stderr, rows } = await config({ OTEL_PROPAGATORS: 'b3', AGENTOPS_SERVICE_NAME: 'researcher' });
    expect([code, stderr]).toEqual([0, '']);
    expect(rows).toEqual(
      expect.arrayContaining([
        ['serviceName', '"researcher"', 'env AGENTOPS_SERVICE_NAME'],
        ['endpoint', '"http://127.0.0.1:4318"', 'file agentops.yaml:2'],
        ['debug', 'false', 'default'],
        ['telemetry.exporters[0].type', '"otlp"', 'default'],
        ['telemetry.exporters[0].endpoint', '"http://127.0.0.1:4318"', 'file agentops.yaml:2'],
        ['telemetry.context.propagation', '["b3"]', 'env OTEL_PROPAGATORS'],
        ['telemetry.batch.delayMs', '500', 'file agentops.yaml:5'],
        ['telemetry.batch.timeoutMs', '10000', 'default'],
      ]),
    );
    expect(rows.every(row => row.length === 3)).toBe(true);
  });

  it('says what holds where there is nothing but defaults', async () => {
    const { code, rows } = await config({});
    expect(code).toBe(0);
    expect(new Set(rows.map(([, , source]) => source))).toEqual(new Set(['default']));
    expect(rows).toContainEqual(['telemetry.exporters', '[]', 'default']);
  });

  it('shows no secret', async () => {
    write(`
endpoint: https://user:hunter2@collector.test/otlp?token=hunter2&region=hunter2#hunter2
headers: { x-team: hunter2, authorization: Bearer hunter2 }
resourceAttributes: { db.password: hunter2, api_key: hunter2, note: sk-hunter2 }
tags: [eyJhunter2]
telemetry:
  exporters:
    - otlp
    - type: otlp
      url: https://other.test/traces?key=hunter2
      headers: { x-api-key: hunter2 }
`);
    for (const args of [[], ['--json']]) {
      const { code, stdout } = await config({}, ...args);
      expect(code).toBe(0);
      expect(stdout).not.toContain('hunter2');
      expect(stdout).toContain('https://********@collector.test/otlp?token=********&region=********#********');
      expect(stdout).toContain('headers.x-team');
    }
  });

  it('says everything that is wrong, in every source, with exit code 1', async () => {
    write('debug: perhaps\ntelemetry:\n  batch:\n    delayMs: -1\nendpoint: sk-secret\n');
    const { code, stdout, stderr } = await config({ AGENTOPS_BATCH_DELAY_MS: 'soon', AGENTOPS_DEBUG: 'true' });
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout.split('\n')).toEqual([
      '  wrong    debug: must be true or false, got string (file agentops.yaml:1)',
      '  wrong    telemetry.batch.delayMs: must be a number of milliseconds from 1, got -1 (file agentops.yaml:4)',
      expect.stringMatching(/^ {2}wrong {4}endpoint: must be an http\(s\) URL .* \(file agentops\.yaml:5\)$/),
      '  wrong    telemetry.batch.delayMs: must be a number of milliseconds from 1, got NaN (env AGENTOPS_BATCH_DELAY_MS)',
      '',
    ]);
  });

  it('says which file cannot be read', async () => {
    const { code, stdout } = await config({ AGENTOPS_CONFIG_FILE: 'none.yaml' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {2}wrong {4}none\.yaml: cannot be read: ENOENT/);
  });

  it('warns of what is ignored', async () => {
    const { code, stdout } = await config({ OTEL_BSP_SCHEDULE_DELAY: 'soon', OTEL_SDK_DISABLED: 'true' });
    expect(code).toBe(0);
    expect(stdout).toContain('\n  warning  OTEL_BSP_SCHEDULE_DELAY must be a number of milliseconds from 1, got NaN');
    expect(stdout).toContain('\n  warning  OTEL_SDK_DISABLED is true: ');
  });

  it('says what is set and can do nothing here, and why, which is no fault', async () => {
    const logs = { OTEL_LOGS_EXPORTER: 'otlp', OTEL_BLRP_MAX_QUEUE_SIZE: '5', OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'x' };
    const others = { OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '5' };
    const { code, rows } = await config({ ...logs, ...others, OTEL_BLRP_SCHEDULE_DELAY: '' });
    expect(code).toBe(0);
    expect(rows.filter(([, word]) => word === 'note').map(([, , note]) => note)).toEqual([
      'OTEL_BLRP_MAX_QUEUE_SIZE: no logs are made here',
      'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: no logs are made here',
      'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: no logs are made here',
      'OTEL_LOGS_EXPORTER: no logs are made here',
    ]);
  });

  it("says what OpenTelemetry's own file says", async () => {
    writeFileSync(
      join(folder, 'otel.yaml'),
      'file_format: "1.1"\npropagator:\n  composite_list: b3\nlogger_provider: {}\n',
    );
    const { code, rows } = await config({ OTEL_CONFIG_FILE: 'otel.yaml', OTEL_SERVICE_NAME: 'unread' });
    expect(code).toBe(0);
    expect(rows).toContainEqual(['telemetry.context.propagation', '["b3"]', 'otel config otel.yaml:2']);
    expect(rows).toContainEqual(['', 'note', 'otel.yaml: logger_provider: no logs are made here']);
    expect(rows).toContainEqual(['', 'note', 'OTEL_SERVICE_NAME: is not read where there is OTEL_CONFIG_FILE']);
  });

  it.each([
    ['serviceName: planner', 0],
    ['serviceName: 5', 1],
  ])('prints JSON of "%s" with exit code %d', async (text, exitCode) => {
    write(text);
    const { code, stdout } = await config({}, '--json');
    const { file, settings, issues, warnings } = JSON.parse(stdout) as Record<string, unknown[]>;
    expect([code, file, warnings]).toEqual([exitCode, 'agentops.yaml', []]);
    const entry = { path: 'serviceName', source: 'file agentops.yaml:1' };
    if (code === 0) expect(settings).toContainEqual({ ...entry, value: 'planner' });
    else expect(issues).toEqual([{ ...entry, message: 'must be a text that is not empty, got 5' }]);
  });
});
