// `npm test`, after the build: vitest, then the browsers. `--webkit` adds WebKit.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBrowser } from '../test/support/browsers.mjs';
import { startWebKitDriver } from '../test/support/browser-webkit-driver.mjs';

const root = dirname(import.meta.dirname);
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const webTestRunner = join(root, 'node_modules/@web/test-runner/dist/bin.js');
const { values: options } = parseArgs({ options: { webkit: { type: 'boolean', default: false } } });
const output = mkdtempSync(join(tmpdir(), 'agentops-test-'));
const escape = '\u001B';
const cursorMove = new RegExp(`${escape}\\[\\d*[AGK]`, 'g');
const total = { passed: 0, failed: 0, skipped: 0 };

const steps = [
  { title: 'Node: vitest', run: runVitest },
  { title: 'Browsers: Chromium and Firefox', run: () => runBrowsers('chromium,firefox') },
  ...(options.webkit ? [{ title: 'Browsers: WebKit', run: runWebKit }] : []),
];

process.once('exit', () => rmSync(output, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
process.exitCode = await main();

async function main() {
  // Before the tests, so that a missing browser is known in seconds, and journeys find theirs too.
  for (const name of ['chromium', 'firefox', ...(options.webkit ? ['webkit'] : [])]) ensureBrowser(name);
  const exitCode = await runSteps();
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
  return exitCode;
}

async function runSteps() {
  for (const { title, run } of steps) {
    console.log(`\n# ${title}\n`);
    const { exitCode, counts } = await run();
    total.passed += counts.passed;
    total.skipped += counts.skipped;
    // What fails outside a test (an unhandled rejection, a crash) must not read as "0 failed".
    total.failed += exitCode === 0 ? counts.failed : Math.max(counts.failed, 1);
    if (exitCode !== 0) return exitCode;
  }
  return 0;
}

async function runVitest() {
  const file = join(output, 'vitest.json');
  const args = [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const exitCode = await execute(args);
  return { exitCode, counts: vitestCounts(readJson(file)) };
}

function vitestCounts(report) {
  if (!report) return { passed: 0, failed: 0, skipped: 0 };
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some(test => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function runBrowsers(browsers, variables = {}) {
  const file = join(output, `${browsers}.json`);
  const exitCode = await execute([webTestRunner], { ...variables, BROWSERS: browsers, WTR_COUNTS_FILE: file });
  return { exitCode, counts: readJson(file) ?? { passed: 0, failed: 0, skipped: 0 } };
}

async function runWebKit() {
  const { port, stop } = await startWebKitDriver(ensureBrowser('webkit'));
  try {
    return await runBrowsers('webkit', { WEBKIT_DRIVER_PORT: String(port) });
  } finally {
    stop();
  }
}

/** Where there is no terminal, WTR still moves its cursor about; those codes are taken out. */
function execute(args, variables = {}) {
  const interactive = Boolean(process.stdout.isTTY);
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...variables },
    stdio: ['inherit', interactive ? 'inherit' : 'pipe', 'inherit'],
  });
  child.stdout?.setEncoding('utf8').on('data', text => process.stdout.write(withoutCursorMoves(text)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve(code ?? 1));
  });
}

function withoutCursorMoves(text) {
  return text.replaceAll(cursorMove, '');
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // A runner that crashed has written none.
    return undefined;
  }
}
