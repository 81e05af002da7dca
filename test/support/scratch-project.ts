import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../..');

export interface ScratchProject {
  readonly folder: string;
  write(file: string, text: string): Promise<string>;
  /** Runs `node` there, on this process's version; resolves with what it printed. */
  node(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/**
 * An empty project with the four packages installed from tarballs, as `npm publish` would make them.
 * @param more packages besides, as `name@version`
 */
export async function createScratchProject(...more: string[]): Promise<ScratchProject> {
  const folder = await mkdtemp(join(tmpdir(), 'agentops-scratch-'));
  const write = async (file: string, text: string) => {
    await writeFile(join(folder, file), text);
    return join(folder, file);
  };
  await run('npm', ['pack', '--workspaces', '--pack-destination', folder, '--silent'], { cwd: repository });
  const tarballs = (await readdir(folder)).filter(file => file.endsWith('.tgz'));
  await write('package.json', JSON.stringify({ name: 'scratch', private: true, type: 'module' }));
  const api = more.some(name => name.startsWith('@opentelemetry/api@')) ? [] : ['@opentelemetry/api@1.9.1'];
  const packages = [...tarballs.map(file => `./${file}`), ...api, ...more];
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], { cwd: folder });
  return {
    folder,
    write,
    node: async (...args) => (await run(process.execPath, args, { cwd: folder })).stdout,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
