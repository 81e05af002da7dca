/* oxlint-disable no-restricted-imports -- the viewer's decoder is no export */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flush, init, shutdown, withSpan, type FileExporterOption } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeJsonTraces } from '../../src/viewer/receiver/otlp-json.js';
import { useProcesses } from '../support/node-processes.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentops-file-'));
  path = join(folder, 'spans.jsonl');
});

afterEach(async () => {
  await shutdown({ timeoutMs: 50 });
  await rm(folder, { recursive: true });
});

function start(option: Partial<FileExporterOption> = {}) {
  return init({
    serviceName: 'writing',
    telemetry: { exporters: [{ type: 'file', path, ...option }], batch: { delayMs: 60_000, maxBatchSize: 10 } },
  });
}

const work = (count = 1) => {
  for (let i = 0; i < count; i++) withSpan('work', { attributes: { n: i, text: 'a\nü' } }, () => {});
};

/** The spans of each line. */
async function linesOf(file = path) {
  const content = await readFile(file, 'utf8');
  expect(content.endsWith('\n')).toBe(true);
  return content
    .slice(0, -1)
    .split('\n')
    .map(line => decodeJsonTraces(Buffer.from(line)).spans);
}

describe('a file', () => {
  it('has a request per line, and is made with its folders, for its owner alone', async () => {
    path = join(folder, 'a/b/spans.jsonl');
    start();
    work(25);
    expect(await flush()).toEqual({ delivered: 25, pending: 0, dropped: {} });
    const lines = await linesOf();
    expect(lines.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(lines[2]?.[4]).toMatchObject({ name: 'work', service: 'writing', attributes: { n: 24, text: 'a\nü' } });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is appended to', async () => {
    for (let i = 0; i < 2; i++) {
      start();
      work();
      await shutdown();
    }
    expect(await linesOf()).toHaveLength(2);
  });

  it('is rotated at its limit, with its mode, and the last one kept', async () => {
    await writeFile(path, '');
    await chmod(path, 0o640);
    start({ maxBytes: 10_000 });
    for (let i = 0; i < 20; i++) {
      work(10);
      await flush();
    }
    const sizes = await Promise.all([path, `${path}.1`].map(async file => (await stat(file)).size));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10_000);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect([...(await linesOf(`${path}.1`)), ...(await linesOf())].every(spans => spans.length === 10)).toBe(true);
    expect(existsSync(`${path}.2`)).toBe(false);
  });

  it('that is moved away is made anew', async () => {
    start();
    work();
    await flush();
    await rename(path, `${path}.moved`);
    work();
    expect(await flush()).toMatchObject({ delivered: 2 });
    expect([(await linesOf()).length, (await linesOf(`${path}.moved`)).length]).toEqual([1, 1]);
  });

  it('whose last line is cut off goes on with a new line', async () => {
    await writeFile(path, '{"resourceSpans":[');
    start();
    work();
    await flush();
    const [torn, line] = (await readFile(path, 'utf8')).split('\n');
    expect(torn).toBe('{"resourceSpans":[');
    expect(decodeJsonTraces(Buffer.from(line ?? '')).spans).toHaveLength(1);
  });
});

describe('a file that cannot be written', () => {
  it.each([
    ['is a folder', () => folder, 'EISDIR'],
    ['is below a file', () => join(import.meta.filename, 'spans.jsonl'), 'ENOTDIR'],
    ['is a pipe', () => makePipe(), 'a pipe is no file'],
  ])('because it %s loses the spans, counted, and the app goes on', async (_why, where, message) => {
    path = where();
    const client = start();
    expect(withSpan('work', () => 'result')).toBe('result');
    expect(await flush()).toEqual({ delivered: 0, pending: 0, dropped: { unwritable: 1 } });
    expect(client.health().backends[0]).toMatchObject({ failures: 1, lastError: expect.stringContaining(message) });
  });

  it('because the disk is full gets the spans when there is room', async () => {
    const disk = join(folder, 'disk');
    if (!mountTmpfs(disk)) return;
    try {
      path = join(disk, 'spans.jsonl');
      await writeFile(join(disk, 'ballast'), Buffer.alloc(60_000));
      const client = start();
      work(10);
      expect(await flush({ timeoutMs: 200 })).toEqual({ delivered: 0, pending: 10, dropped: {} });
      expect(client.health().backends[0]?.lastError).toContain('ENOSPC');
      await rm(join(disk, 'ballast'));
      expect(await flush()).toEqual({ delivered: 10, pending: 0, dropped: {} });
      const whole = (await readFile(path, 'utf8')).trim().split('\n').at(-1) ?? '';
      expect(decodeJsonTraces(Buffer.from(whole)).spans).toHaveLength(10);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it('because the device is full keeps the spans here', async () => {
    path = '/dev/full';
    const client = start();
    work();
    expect(await flush({ timeoutMs: 100 })).toEqual({ delivered: 0, pending: 1, dropped: {} });
    expect(client.health().backends[0]?.lastError).toContain('ENOSPC');
  });
});

function makePipe(): string {
  execFileSync('mkfifo', [path]);
  return path;
}

/** Of 64 KiB. Only root may; `/dev/full` is there for everybody. */
function mountTmpfs(at: string): boolean {
  try {
    execFileSync('mkdir', [at]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a process', () => {
  const processes = useProcesses();

  it.each(['', 'process.exit(3);', `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1_000);`])(
    'that ends has written its spans: %s',
    async end => {
      const source = `import { init, withSpan } from '@agentops/node';
        init({ serviceName: 'child', telemetry: { exporters: [{ type: 'file', path: process.env.FILE }], batch: { delayMs: 60_000 } } });
        withSpan('work', () => {});
        ${end}`;
      const file = join(processes.folder, 'spans.jsonl');
      const { ended } = await processes.programs.start(source, { env: { FILE: file } });
      expect((await ended).stderr).toBe('');
      expect((await linesOf(file)).flat().map(({ name }) => name)).toEqual(['work']);
    },
  );
});
