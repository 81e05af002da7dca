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

describe('the lockfile', () => {
  it('has one version of every OpenTelemetry package', () => {
    const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version?: string }>;
    };
    const versions = new Map<string, Set<string | undefined>>();
    for (const [path, { version }] of Object.entries(packages)) {
      const name = /node_modules\/(@opentelemetry\/[^/]+)$/.exec(path)?.[1];
      if (name) versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
    expect(versions.size).toBeGreaterThan(5);
    expect([...versions].filter(([, found]) => found.size > 1)).toEqual([]);
  });
});

/** Both ways: what compiles against one side compiles against the other. */
const asBrowser: typeof browserFace = nodeFace;
const asNode: typeof nodeFace = browserFace;

describe('the two faces', () => {
  it('are of the same type', () => {
    expect([asBrowser, asNode]).toEqual([nodeFace, browserFace]);
  });

  it('have the same names', () => {
    expect(Object.keys(nodeFace).sort()).toEqual(Object.keys(browserFace).sort());
  });
});

function manifest(folder: string): { version: string; dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8')) as never;
}
