import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startViewer } from '../../../src/viewer/server.js';
import { type BuiltViewer, buildViewer } from '../built-viewer.js';
import { json, makeRealSpans } from '../viewer/real-spans.js';

let built: BuiltViewer;

beforeAll(async () => {
  built = await buildViewer();
});

afterAll(() => built.remove());

interface Running {
  process: ChildProcess;
  output: { stdout: string; stderr: string };
  /** Resolves when what was written to stdout matches. */
  written(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<number | null>;
}

function start(...args: string[]): Running {
  const child = spawn(process.execPath, [built.cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', chunk => (output.stdout += chunk));
  child.stderr.on('data', chunk => (output.stderr += chunk));
  return {
    process: child,
    output,
    ended: once(child, 'close').then(([code]) => code as number | null),
    async written(pattern) {
      for (let match = pattern.exec(output.stdout); ; match = pattern.exec(output.stdout)) {
        if (match) return match;
        await once(child.stdout, 'data');
      }
    },
  };
}

describe('agentops', () => {
  it('prints the version of the package', async () => {
    const { output, ended } = start('--version');
    expect(await ended).toBe(0);
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(output.stdout).toBe(`${version}\n`);
  });

  it.each([[[]], [['help']], [['--help']]])('shows its commands for %j', async args => {
    const { output, ended } = start(...args);
    expect(await ended).toBe(0);
    expect(output.stdout).toContain('agentops view [--port 4318]');
  });

  it.each([
    ['view', '--help', '--port <number>'],
    ['doctor', '-h', '--cors <url>'],
    ['config', '--help', '--json'],
  ])('shows the options of %s alone for %s', async (command, flag, option) => {
    const { output, ended } = start(command, flag);
    expect(await ended).toBe(0);
    expect(output.stdout).toContain(option);
    expect(output.stdout.match(/^ {2}agentops [a-z]+/gm)).toEqual([`  agentops ${command}`]);
  });

  it.each([
    [['veiw'], 'unknown command "veiw"'],
    [['view', '--prot', '1'], "unknown option '--prot'"],
    [['view', '--port', 'http'], '--port must be a number from 0 to 65535, not "http"'],
    [['view', '--port', '65536'], '--port must be a number from 0 to 65535, not "65536"'],
    [['view', '--port='], '--port must be a number from 0 to 65535, not ""'],
    [['view', 'now'], "unexpected argument 'now'"],
  ])('refuses %j in one line, with exit code 2', async (args, message) => {
    const { output, ended } = start(...args);
    expect(await ended).toBe(2);
    expect(output).toEqual({ stdout: '', stderr: `agentops: ${message}; see "agentops help"\n` });
  });

  it('says that the port is taken, with exit code 1', async () => {
    const other = await startViewer({ port: 0 });
    const { output, ended } = start('view', '--port', String(other.port));
    expect(await ended).toBe(1);
    expect(output.stderr).toContain(`port ${other.port} on 127.0.0.1 is already in use`);
    await other.close();
  });

  it('receives traces, prints them, and stops when interrupted', async () => {
    const running = start('view', '--port', '0', '--print');
    const [, url] = await running.written(/viewer +(http:\/\/127\.0\.0\.1:\d+)/);
    const body = json.serialize(makeRealSpans());
    await fetch(`${url}/v1/traces`, { method: 'POST', headers: { 'content-type': json.contentType }, body });
    await running.written(/S POST \/ask .*\n└─ C chat gpt-4o .*✗ rate limited\n/);
    running.process.kill('SIGINT');
    expect(await running.ended).toBe(0);
    expect(running.output.stderr).toBe('');
  });
});
