import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '../..');

describe('the headless run of the example', () => {
  it('ends with exit code 0 and one trace of page, planner, researcher and tools', async () => {
    const run = promisify(execFile)(process.execPath, ['examples/browser-to-server/start.mjs', '--headless'], {
      cwd: repository,
    });
    const { stdout } = await run;
    expect(stdout).toMatch(/one click: 1 trace, \d+ spans/);
    for (const service of ['chat-page', 'planner', 'researcher', 'tools']) expect(stdout).toContain(service);
  });
});
