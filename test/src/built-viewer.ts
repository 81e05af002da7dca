import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const source = join(repository, 'src');

export interface BuiltViewer {
  /** The file of the bin `agentops`. */
  cli: string;
  /** The built src/viewer/server.ts. */
  server: string;
  remove(): void;
}

/** The command line and the page, laid out as the published package has them: in a folder in the repository, so that `node_modules` is found. */
export async function buildViewer(): Promise<BuiltViewer> {
  mkdirSync(join(repository, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(repository, '.cache/viewer-'));
  const dist = join(folder, 'dist');
  const modules = ['cli', 'cli/doctor', 'viewer', 'viewer/receiver', 'viewer/store', 'viewer/reading'].flatMap(room =>
    readdirSync(join(source, room)).flatMap(file => (file.endsWith('.ts') ? join(source, room, file) : [])),
  );
  await build({ entryPoints: modules, outdir: dist, outbase: source, format: 'esm', platform: 'node' });
  await build({
    entryPoints: [join(source, 'viewer/page/app.ts')],
    outfile: join(dist, 'viewer/page/app.js'),
    bundle: true,
    format: 'iife',
  });
  for (const file of ['index.html', 'style.css']) {
    cpSync(join(source, 'viewer/page', file), join(dist, 'viewer/page', file));
  }
  cpSync(join(repository, 'package.json'), join(folder, 'package.json'));
  await buildNodePackage(join(folder, 'node_modules/@agentops/node'));
  return {
    cli: join(dist, 'cli/index.js'),
    server: join(dist, 'viewer/server.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What the command line takes of `@agentops/node`, from its sources as they are now. */
async function buildNodePackage(folder: string): Promise<void> {
  await build({
    entryPoints: [join(repository, 'node/src/config.ts')],
    outdir: join(folder, 'dist'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@agentops/source'],
    external: ['@opentelemetry/*'],
  });
  cpSync(join(repository, 'node/package.json'), join(folder, 'package.json'));
}
