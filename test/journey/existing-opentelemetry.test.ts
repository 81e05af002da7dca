import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const cwd = join(import.meta.dirname, '../..');

describe('the example of an existing set-up', () => {
  it('has every span on both sides, once, with what the session knows', async () => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['examples/existing-opentelemetry/app.mjs'],
      { cwd },
    );
    expect(stderr).toBe('');
    const spans = stdout.split('\n').filter(line => line.includes('[tenant acme]'));
    const both = ['AgentOps', 'your backend'].flatMap(side =>
      ['look up', 'planner.agent', 'work'].map(name => `${side}: ${name} [tenant acme]`),
    );
    expect(spans.sort()).toEqual(both);
  });
});
