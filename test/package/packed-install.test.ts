import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import puppeteer, { type Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBrowser } from '../support/browsers.mjs';
import { VERSION } from '@agentops/shared';
import { bundlers } from '../support/bundlers.js';
import { createScratchProject, type ScratchProject } from '../support/scratch-project.js';

const NODE_IMPORT = /\b(?:from|import|require)\s*\(?\s*["'](?:node:|async_hooks|child_process|fs|os|process|util)/;

const MODULE_PAGE = '<!doctype html><script type="module" src="/page.js"></script>';
const SCRIPT_PAGE = '<!doctype html><script src="/page.js" data-agentops-service-name="shop"></script>';

let project: ScratchProject;
let browser: Browser;
let server: Server;
let page = '';

beforeAll(async () => {
  project = await createScratchProject();
  const { executablePath } = ensureBrowser('chromium') as { executablePath: string };
  browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  server = createServer((request, response) => {
    const script = request.url === '/page.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    if (request.url === '/echo') response.end(request.headers.traceparent ?? 'none');
    else response.end(script ? page : request.url === '/script' ? SCRIPT_PAGE : MODULE_PAGE);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  await project?.remove();
});

describe('the packed packages in an empty project', () => {
  it.each([
    '@agentops/node',
    '@agentops/node/metrics',
    '@agentops/node/otel',
    '@agentops/web',
    '@agentops/web/manual',
    '@agentops/web/metrics',
    '@agentops/web/otel',
    '@agentops/web/pipelines',
    '@agentops/web/zone',
    'agentops',
  ])('work with import: %s', async name => {
    await project.write(
      'import.mjs',
      `import * as face from '${name}'; console.log(Object.keys(face).length, typeof face);`,
    );
    expect(await project.node('import.mjs')).toMatch(/object/);
  });

  it.each(['@agentops/node', '@agentops/node/express', '@agentops/web/manual', 'agentops'])(
    'work with require: %s',
    async name => {
      await project.write('require.cjs', `const face = require('${name}'); console.log(Object.keys(face).join());`);
      const names = await project.node('require.cjs');
      expect(names).toMatch(name.endsWith('express') ? /expressTracing/ : /injectContext/);
    },
  );

  it('have a viewer that serves its page and takes spans', async () => {
    await project.write(
      'viewer.mjs',
      `import { startViewer } from './node_modules/agentops/dist/viewer/server.js';
       const viewer = await startViewer({ port: 0 });
       const paths = ['/', '/app.js', '/style.css', '/api/traces'];
       const answers = await Promise.all(paths.map(path => fetch(viewer.url + path)));
       console.log(answers.map(({ status }) => status).join());
       await viewer.close();`,
    );
    expect(await project.node('viewer.mjs')).toBe('200,200,200,200\n');
    expect(await project.node('node_modules/.bin/agentops', '--version')).toContain(VERSION);
  });

  it('trace a request of a process that only has --import @agentops/node/register', async () => {
    await project.write(
      'app.mjs',
      `import http from 'node:http';
       const server = http.createServer((request, response) => response.end(request.headers.traceparent)).listen(0, async () => {
         const answer = await fetch('http://127.0.0.1:' + server.address().port);
         console.log(await answer.text());
         server.close();
       });`,
    );
    expect(await project.node('--import', '@agentops/node/register', 'app.mjs')).toMatch(
      /^00-[\da-f]{32}-[\da-f]{16}-03\n$/,
    );
  });

  it.each(Object.keys(bundlers))(
    'start in a page built by %s from the bare import, without a trace of Node',
    async name => {
      await project.write(
        'page.mjs',
        `import '@agentops/web';\nfetch('/echo').then(r => r.text()).then(text => { document.title = text; });`,
      );
      page = (await bundlers[name]?.(project.folder, 'page.mjs')) ?? '';
      expect(page).not.toMatch(NODE_IMPORT);
      const tab = await browser.newPage();
      const { port } = server.address() as AddressInfo;
      await tab.goto(`http://127.0.0.1:${port}/`);
      await tab.waitForFunction('document.title !== ""');
      expect(await tab.title()).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-03$/);
      await tab.close();
    },
  );

  it('keep exact context after an await, by the zone entry and the one line for esbuild', async () => {
    await project.write(
      'zone.mjs',
      `import '@agentops/web/zone';
       import { withSpan } from '@agentops/web';
       const ask = async () => (await fetch('/echo')).text();
       const interaction = name => withSpan(name, async span => {
         await ask();
         return (await ask()).split('-')[1] === span.spanContext().traceId;
       });
       Promise.all([interaction('one'), interaction('two')]).then(kept => { document.title = kept.join(); });`,
    );
    const { outputFiles } = await build({
      absWorkingDir: project.folder,
      entryPoints: ['zone.mjs'],
      bundle: true,
      format: 'esm',
      write: false,
      supported: { 'async-await': false },
    });
    page = outputFiles[0]?.text ?? '';
    const tab = await browser.newPage();
    const { port } = server.address() as AddressInfo;
    await tab.goto(`http://127.0.0.1:${port}/`);
    await tab.waitForFunction('document.title !== ""');
    expect(await tab.title()).toBe('true,true');
    await tab.close();
  });

  it('start in a page from one <script> with data attributes', async () => {
    page = await readFile(join(project.folder, 'node_modules/@agentops/web/dist/agentops.min.js'), 'utf8');
    const tab = await browser.newPage();
    const { port } = server.address() as AddressInfo;
    await tab.goto(`http://127.0.0.1:${port}/script`);
    const sent = await tab.evaluate(`AgentOps.withSpan('click', () => fetch('/echo')).then(r => r.text())`);
    expect(sent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-03$/);
    expect(await tab.evaluate('AgentOps.init().serviceName')).toBe('shop');
    await tab.close();
  });

  it('have no import left of what was not used, when the page only wants one function', async () => {
    await project.write(
      'small.mjs',
      `import { injectContext } from '@agentops/web/manual';\nconsole.log(injectContext({}));`,
    );
    const code = await bundlers['esbuild']?.(project.folder, 'small.mjs');
    expect(code).not.toContain('XMLHttpRequest');
  });
});
