import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const cwd = join(import.meta.dirname, '../../examples/several-backends');
let out: string;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'agentops-'));
});

afterEach(() => rm(out, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

describe('the example of several backends', () => {
  it('gives each backend what it is to have, and counts everything', async () => {
    const env = { ...process.env, OUT: out, AGENTOPS_METRICS_PROMETHEUS_PORT: String(await freePort()) };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['app.mjs'], { cwd, env });
    expect(stderr).toBe('');
    const run = (name: string, ...spans: string[]) => [...spans, 'send reply.tool', 'support.agent', `${name}.session`];
    const kept = (...spans: string[]) => [...run('failing', ...spans), ...run('dear', ...spans)].join(', ');
    const lines = stdout.split('\n');
    expect(lines).toContain('acme: mailbox full');
    expect(lines).toContain(`all: ${kept('db read ticket', 'chat gpt-4o')}`);
    expect(lines).toContain(`partner: ${kept('chat gpt-4o')}`);
    expect(lines).toContain(`initech: ${run('private', 'db read ticket', 'chat gpt-4o').join(', ')}`);
    expect(stdout).toMatch(/^llm_calls_count_total\{tenant_id="acme".* 2$/m);
    const [all, partner, initech] = await Promise.all(
      ['all', 'partner', 'initech'].map(backend => readFile(join(out, `${backend}.jsonl`), 'utf8')),
    );
    expect([all, partner].map(text => text?.includes('bob@acme.test'))).toEqual([true, false]);
    expect([all, partner, initech].map(text => text?.includes('di@initech.test'))).toEqual([false, false, true]);
    expect(initech).toContain('{"key":"team","value":{"stringValue":"support"}}');
  });
});
