// One table of what is published, and how it is built. Declarations come from `tsc -b`; this makes the JavaScript.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { defineConfig } from 'rollup';
import esbuild from 'rollup-plugin-esbuild';

const target = 'es2022';

/** Folder of the package -> its entry files. `shared` publishes every file, one subpath each. */
const entries = {
  shared: filesUnder('shared/src'),
  browser: ['index', 'manual', 'metrics', 'otel', 'pipelines', 'zone', 'zone-inert', 'script'],
  node: ['index', 'register', 'config', 'metrics', 'otel', 'express', 'fastify', 'fetch-handler'],
  '.': ['index.browser', 'index.node', 'cli/index'],
};

/** What a browser loads as one file: source -> output. */
const pages = {
  'browser/src/script.ts': { file: 'browser/dist/agentops.min.js', name: 'AgentOps' },
  'src/viewer/page/app.ts': { file: 'dist/viewer/page/app.js', name: 'viewer' },
};

export default defineConfig([...Object.keys(entries).map(packageBuild), ...Object.keys(pages).map(pageBuild)]);

function packageBuild(folder) {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const installed = Object.keys({ ...dependencies, ...peerDependencies });
  return {
    input: Object.fromEntries(entries[folder].map(entry => [entry, `${folder}/src/${entry}.ts`])),
    external: id => id.startsWith('node:') || installed.some(name => id === name || id.startsWith(`${name}/`)),
    onwarn: failOnWarning,
    output: {
      dir: `${folder}/dist`,
      format: 'es',
      preserveModules: true,
      preserveModulesRoot: `${folder}/src`,
      sourcemap: true,
      banner: chunk => (chunk.name === 'cli/index' ? '#!/usr/bin/env node' : ''),
    },
    plugins: [esbuild({ target, tsconfig: false })],
  };
}

function pageBuild(input) {
  return {
    input,
    onwarn: failOnWarning,
    output: { ...pages[input], format: 'iife', exports: 'named', sourcemap: true },
    plugins: [
      nodeResolve({ browser: true, exportConditions: ['@agentops/source'], extensions: ['.mjs', '.js', '.ts'] }),
      // Its own resolver does not know the `browser` field, by which OpenTelemetry keeps its Node half out of pages.
      { ...esbuild({ target, tsconfig: false, minify: true }), resolveId: undefined },
      { name: 'static-files', generateBundle: () => copyStaticFiles(dirname(input), dirname(pages[input].file)) },
    ],
  };
}

/** A warning here (an unresolved import, a cycle) is a package that breaks where it is installed. */
function failOnWarning(warning) {
  if (warning.code === 'EMPTY_BUNDLE') return; // A file of types alone.
  throw new Error(`${warning.code}: ${warning.message}`);
}

/** What a page loads besides its script. */
function copyStaticFiles(from, to) {
  const files = readdirSync(from).filter(file => /\.(html|css)$/.test(file));
  for (const file of files) cpSync(`${from}/${file}`, `${to}/${file}`);
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true })
    .filter(file => file.endsWith('.ts'))
    .map(file => file.slice(0, -'.ts'.length));
}
