import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '@agentops/shared';
import * as browserFace from '@agentops/web/manual';
import * as nodeFace from '@agentops/node';

const repository = join(import.meta.dirname, '../..');
const folders = ['.', 'shared', 'browser', 'node'];

describe('the manifests', () => {
  it.each(folders)('%s carries the version that is stamped into spans', folder => {
    expect(manifest(folder).version).toBe(VERSION);
  });

  it.each(folders)('%s depends on this version of its sisters, exactly', folder => {
    const sisters = Object.entries(manifest(folder).dependencies).filter(([name]) => name.startsWith('@agentops/'));
    expect(sisters.every(([, version]) => version === VERSION)).toBe(true);
  });

  it.each(folders)('%s leaves no range open in what it depends on', folder => {
    const open = Object.entries(manifest(folder).dependencies).filter(([, version]) => !/^\d/.test(version));
    expect(open).toEqual([]);
  });
});

describe('the two faces', () => {
  it('have the same names', () => {
    expect(Object.keys(nodeFace).sort()).toEqual(Object.keys(browserFace).sort());
  });
});

function manifest(folder: string): { version: string; dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8')) as never;
}
