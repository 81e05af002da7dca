import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';

/** Builds `<folder>/<entry>` for a page, as the bundler does by default; resolves with the code of the one file it makes. */
export type Bundle = (folder: string, entry: string) => Promise<string>;

export const bundlers: Record<string, Bundle> = {
  esbuild: async (folder, entry) => {
    const result = await esbuild.build({
      absWorkingDir: folder,
      entryPoints: [entry],
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
      logLevel: 'silent',
    });
    return result.outputFiles[0]?.text ?? '';
  },

  rollup: async (folder, entry) => {
    const plugins = [nodeResolve({ browser: true, rootDir: folder })];
    const build = await rollup({ input: join(folder, entry), plugins, onwarn: failOnWarning });
    const { output } = await build.generate({ format: 'es', inlineDynamicImports: true });
    return output[0].code;
  },

  vite: async (folder, entry) => {
    await vite.build({
      root: folder,
      logLevel: 'silent',
      build: { outDir: 'vite-out', lib: { entry: join(folder, entry), formats: ['es'], fileName: 'page' } },
    });
    return readFile(join(folder, 'vite-out/page.js'), 'utf8');
  },

  webpack: (folder, entry) =>
    new Promise((resolve, reject) => {
      const output = { path: join(folder, 'webpack-out'), filename: 'page.js' };
      webpack({ context: folder, entry: `./${entry}`, mode: 'production', output }, (error, stats) => {
        if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString('errors-only')));
        else resolve(readFile(join(folder, 'webpack-out/page.js'), 'utf8'));
      });
    }),
};

function failOnWarning({ message }: { message: string }): never {
  throw new Error(message);
}
