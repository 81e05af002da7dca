// The tests of test/shared and test/browser in real browsers: BROWSERS=chromium,firefox,webkit (default: the first two).
// WebKit needs its driver running: `npm test -- --webkit` starts it and sets WEBKIT_DRIVER_PORT.
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { defaultReporter } from '@web/test-runner';
import { chromeLauncher } from '@web/test-runner-chrome';
import { webdriverLauncher } from '@web/test-runner-webdriver';
import puppeteer from 'puppeteer-core';
import { createBackend } from './test/support/browser-backend.mjs';
import { fileLinesReporter } from './test/support/browser-reporter.mjs';
import { ensureBrowser } from './test/support/browsers.mjs';

const names = (process.env.BROWSERS ?? 'chromium,firefox').split(',');
const interactive = Boolean(process.stdout.isTTY) && !process.env.CI;
const backend = createBackend();

const launchers = { chromium, firefox, webkit };

export default {
  files: ['test/shared/**/*.test.ts', 'test/browser/**/*.test.ts'],
  rootDir: import.meta.dirname,
  nodeResolve: { browser: true, exportConditions: ['@agentops/source', 'browser', 'module', 'import', 'default'] },
  plugins: [
    esbuildPlugin({ ts: true, target: 'es2022', tsconfig: `${import.meta.dirname}/tsconfig.json` }),
    secondOrigin(),
  ],
  middleware: [sameOrigin],
  browsers: names.map(launcher),
  // They share an origin and its storage, and only one of several is visible.
  concurrency: 1,
  browserStartTimeout: 60_000,
  testsStartTimeout: 60_000,
  testFramework: { config: { timeout: 30_000 } },
  reporters: [defaultReporter({ reportTestProgress: interactive }), fileLinesReporter(process.env.WTR_REPORT_FILE)],
};

function launcher(name) {
  const create = launchers[name];
  if (!create) throw new Error(`BROWSERS names "${name}": use ${Object.keys(launchers).join(', ')}`);
  return create(ensureBrowser(name));
}

function chromium({ executablePath }) {
  const args = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
  args.push('--disable-component-update', '--disable-sync');
  // Chromium refuses its sandbox to root.
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  return chromeLauncher({ puppeteer, launchOptions: { executablePath, headless: true, args } });
}

function firefox({ executablePath }) {
  return chromeLauncher({
    puppeteer,
    launchOptions: { browser: 'firefox', executablePath, headless: true },
  });
}

function webkit({ miniBrowser }) {
  return webdriverLauncher({
    hostname: '127.0.0.1',
    port: Number(process.env.WEBKIT_DRIVER_PORT),
    path: '/',
    capabilities: {
      browserName: 'MiniBrowser',
      // WebKitWebDriver refuses a session that asks for BiDi.
      'wdio:enforceWebDriverClassic': true,
      'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation'] },
    },
  });
}

/** Koa must keep its hands off a response the backend writes; its initial 404 would be reported as a missing file. */
function sameOrigin(context, next) {
  if (!backend.handle(context.req, context.res)) return next();
  context.status = 200;
  context.respond = false;
  return undefined;
}

function secondOrigin() {
  return { name: 'second-origin', serverStart: ({ server }) => backend.start(server), serverStop: backend.stop };
}
