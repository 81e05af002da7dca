import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

/** The command line and the page, laid out in a folder of their own as the published package has them. */
export async function buildViewer(): Promise<BuiltViewer> {
  const folder = mkdtempSync(join(tmpdir(), 'agentops-viewer-'));
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
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  return {
    cli: join(dist, 'cli/index.js'),
    server: join(dist, 'viewer/server.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
