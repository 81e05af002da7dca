// `npm test`, after the build: vitest, then the browsers. `--webkit` adds WebKit.
import { parseArgs } from 'node:util';
import { ensureBrowser } from '../test/support/browsers.mjs';
import { startWebKitDriver } from '../test/support/browser-webkit-driver.mjs';
import { runBrowsers, runVitest } from './test-runners.mjs';

/** More failing files than this are no accident of a busy machine. */
const MAX_FILES_RUN_AGAIN = 3;

const { values: options } = parseArgs({ options: { webkit: { type: 'boolean', default: false } } });

const steps = [
  { title: 'Node: vitest', run: runVitest },
  { title: 'Browsers: Chromium and Firefox', run: files => runBrowsers('chromium,firefox', files) },
  ...(options.webkit ? [{ title: 'Browsers: WebKit', run: runWebKit }] : []),
];

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
process.exitCode = await main();

async function main() {
  // Before the tests, so that a missing browser is known in seconds, and journeys find theirs too.
  for (const name of ['chromium', 'firefox', ...(options.webkit ? ['webkit'] : [])]) ensureBrowser(name);
  const results = [];
  for (const step of steps) {
    const result = await runStep(step);
    results.push(result);
    if (result.exitCode !== 0) break;
  }
  summarise(results);
  return results.at(-1).exitCode;
}

/** A test that fails is run once more, with its file alone; it is named in the summary whatever comes of it. */
async function runStep({ title, run }) {
  console.log(`\n# ${title}\n`);
  const first = await run();
  const again = first.files.filter(hasFailed);
  const names = new Set(again.map(({ file }) => file));
  if (first.exitCode === 0 || names.size === 0 || names.size > MAX_FILES_RUN_AGAIN) return { ...first, again: [] };
  console.log(`\n# ${title}, once more: what failed\n`);
  const second = await run([...names]);
  const others = first.files.filter(({ file }) => !names.has(file));
  return { exitCode: second.exitCode, files: [...others, ...second.files], again };
}

function summarise(results) {
  const files = results.flatMap(result => result.files);
  const failures = files.filter(hasFailed);
  const again = results
    .flatMap(result => result.again)
    .filter(({ file }) => !failures.some(still => still.file === file));
  list('Failed:', failures);
  list('Failed once, passed when run again:', again);
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map(key =>
    files.reduce((sum, file) => sum + file[key], 0),
  );
  // What fails outside a test (an unhandled rejection, a crash) must not read as "0 failed".
  const outside = failed === 0 && results.some(({ exitCode }) => exitCode !== 0) ? 1 : 0;
  console.log(`\n${passed} passed, ${failed + outside} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

function list(title, files) {
  if (files.length === 0) return;
  console.log(`\n${title}`);
  for (const { file, failures } of files) console.log(`  ${file}\n${failures.map(line => `    ${line}`).join('\n')}`);
}

function hasFailed({ failed }) {
  return failed > 0;
}

async function runWebKit(files) {
  const { port, stop } = await startWebKitDriver(ensureBrowser('webkit'));
  try {
    return await runBrowsers('webkit', files, { WEBKIT_DRIVER_PORT: String(port) });
  } finally {
    stop();
  }
}
