import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Copy } from '@agentops/shared';

/** Packages that must be there once, or in one version. */
const NAMES = [
  '@opentelemetry/api',
  '@opentelemetry/core',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/sdk-trace-base',
  '@agentops/node',
  '@agentops/shared',
];

/**
 * The copies that we use, that the app would import from its working directory, and that have been loaded as CommonJS; Node does not say which ES modules
 * it has loaded.
 */
export function findCopies(): Copy[] {
  const own = createRequire(import.meta.url);
  const froms = [own, createRequire(join(process.cwd(), 'app.js'))];
  const folders = new Set(
    NAMES.flatMap(name => froms.map(from => folderOf(name, from)).filter(folder => folder !== undefined)),
  );
  for (const file of Object.keys(own.cache)) {
    const [, folder, name = ''] = LOADED.exec(file) ?? [];
    if (folder && NAMES.includes(name.replace('\\', '/'))) folders.add(folder);
  }
  return [...folders].map(read).filter(copy => !!copy);
}

const LOADED = /^(.*[\\/]node_modules[\\/](@(?:opentelemetry|agentops)[\\/][^\\/]+))[\\/]/;

function folderOf(name: string, from: NodeJS.Require): string | undefined {
  const folder = from.resolve
    .paths(name)
    ?.map(modules => join(modules, name))
    .find(path => existsSync(join(path, 'package.json')));
  return folder && realpathSync(folder);
}

function read(path: string): Copy | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Omit<Copy, 'path'>;
    return { name, version, path };
  } catch {
    return undefined;
  }
}
