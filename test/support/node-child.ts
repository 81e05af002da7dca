import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const repository = join(import.meta.dirname, '../..');

/** Everything but our own packages stays where it is installed. */
const ownPackagesOnly: Plugin = {
  name: 'own-packages-only',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith('@agentops/') ? undefined : { path, external: true },
    ),
};

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface Child {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the child has printed `line`. */
  printed(line: string): Promise<void>;
  /** Resolves with the first line it prints, or has printed, that matches. */
  line(pattern: RegExp): Promise<string>;
}

export interface Programs {
  /** Starts `source`, a module in plain JavaScript; `@agentops/node` in it is the sources'. */
  start(
    source: string,
    options?: { env?: Record<string, string>; cwd?: string; registered?: boolean | 'by environment' },
  ): Promise<Child>;
  remove(): Promise<void>;
}

/** Real processes on the sources as they are now, in a folder in the repository so that `node_modules` is found. */
export async function createPrograms(): Promise<Programs> {
  const cache = join(repository, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'programs-'));
  await build({
    entryPoints: [join(repository, 'node/src/index.ts'), join(repository, 'node/src/register.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@agentops/source'],
    plugins: [ownPackagesOnly],
  });
  const children: Child[] = [];
  return {
    start: async (source, { env = {}, cwd, registered = false } = {}) => {
      const file = join(folder, `program-${children.length}.mjs`);
      await writeFile(file, source.replaceAll("'@agentops/node'", "'./index.mjs'"));
      const register = ['--import', join(folder, 'register.mjs')];
      const child =
        registered === 'by environment'
          ? run([file], { NODE_OPTIONS: register.join(' '), ...env }, cwd)
          : run([...(registered ? register : []), file], env, cwd);
      children.push(child);
      return child;
    },
    remove: () => {
      // A test that failed has left its child running.
      for (const child of children) child.kill('SIGKILL');
      return rm(folder, { recursive: true, force: true });
    },
  };
}

function run(args: string[], env: Record<string, string>, cwd: string | undefined): Child {
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env['PATH'], ...env } });
  let stdout = '';
  let stderr = '';
  const ended = new Promise<Ended>(resolve => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, ms: performance.now() - startedMs }));
  });
  child.stderr.on('data', chunk => (stderr += chunk));
  const waiting = new Set<() => void>();
  child.stdout.on('data', chunk => {
    stdout += chunk;
    for (const check of waiting) check();
  });
  const line = (matches: (line: string) => boolean, wanted: string) =>
    new Promise<string>((resolve, reject) => {
      const check = () => {
        const found = stdout.split('\n').slice(0, -1).find(matches);
        if (found !== undefined) resolve(found);
      };
      waiting.add(check);
      check();
      void ended.then(end => reject(new Error(`the program ended without printing ${wanted}: ${end.stderr}`)));
    });
  return {
    ended,
    kill: signal => void child.kill(signal),
    printed: async wanted => void (await line(each => each === wanted, wanted)),
    line: pattern => line(each => pattern.test(each), String(pattern)),
  };
}
