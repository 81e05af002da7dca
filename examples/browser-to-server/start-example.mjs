// The parts of the example, each a process of its own: viewer, tools, researcher, planner with the page, and the model's stand-in.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { startOpenAIServer } from '../support/openai-server.mjs';
import { startService, startViewer } from '../support/processes.mjs';

export { stopAll } from '../support/processes.mjs';

const at = path => new URL(path, import.meta.url);

/** @returns the address of each part; {@link stopAll} ends them */
export async function startExample({ port = '0', viewerPort = '0' } = {}) {
  const viewer = await startViewer(at('../../dist/cli/index.js'), viewerPort);
  const llm = process.env.OPENAI_API_KEY ? 'OpenAI' : (await startOpenAIServer()).url;
  const env = { VIEWER_URL: viewer, LOCAL_OPENAI_URL: llm };
  const tools = await startService(at('services/tools.mjs'), env);
  const researcher = await startService(at('services/researcher.mjs'), { ...env, TOOLS_URL: tools });
  const page = await startService(at('services/planner.mjs'), {
    ...env,
    PORT: port,
    RESEARCHER_URL: researcher,
    PAGE_ASSETS: await bundlePage(),
  });
  return { page, viewer, planner: page, researcher, tools, llm };
}

/** What any page does with a bundler; the tests do it with rollup, vite and webpack too. */
async function bundlePage() {
  const outdir = await mkdtemp(join(tmpdir(), 'agentops-page-'));
  const entryPoints = ['page/app.js', 'page/app.css'].map(file => fileURLToPath(at(file)));
  await build({
    entryPoints,
    outdir,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: true,
    logLevel: 'warning',
  });
  return outdir;
}
