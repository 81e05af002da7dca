// `npm test`, after the build: vitest, then the browsers. `--webkit` adds WebKit, `--node 22,24` what depends on Node, on those versions too.
import { parseArgs } from 'node:util';
import { ensureBrowser } from '../test/support/browsers.mjs';
import { startWebKitDriver } from '../test/support/browser-webkit-driver.mjs';
import { ensureNode } from './node-versions.mjs';
import { runBrowsers, runVitest } from './test-runners.mjs';

/** More failing files than this are no accident of a busy machine. */
const MAX_FILES_RUN_AGAIN = 3;

/** The rest is about bundles and tabs, or asks nothing of Node: what is shared runs in four engines besides. */
const NODE_DEPENDENT = [
  'test/node/',
  'test/src/cli/',
  'test/journey/headless-run',
  'test/package/outside-a-page',
  'test/package/packed-install',
];

const { values: options } = parseArgs({
  options: { webkit: { type: 'boolean', default: false }, node: { type: 'string', default: '' } },
});

const steps = [
  { title: `Node ${process.version}: vitest`, run: runVitest },
  ...options.node.split(',').filter(Boolean).map(onNode),
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
  if (first.exitCode === 0 || names.size === 0 || names.size > MAX_FILES_RUN_AGAIN)
    return { title, ...first, again: [] };
  console.log(`\n# ${title}, once more: what failed\n`);
  const second = await run([...names]);
  const others = first.files.filter(({ file }) => !names.has(file));
  return { title, exitCode: second.exitCode, files: [...others, ...second.files], again };
}

function summarise(results) {
  const titled = key => results.flatMap(result => result[key].map(file => ({ ...file, title: result.title })));
  const files = titled('files');
  const failures = files.filter(hasFailed);
  const again = titled('again').filter(
    ({ title, file }) => !failures.some(still => still.title === title && still.file === file),
  );
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
  for (const { title, file, failures } of files)
    console.log(`  ${file} (${title})\n${failures.map(line => `    ${line}`).join('\n')}`);
}

function hasFailed({ failed }) {
  return failed > 0;
}

function onNode(major) {
  const { version, executable } = ensureNode(major);
  return { title: `Node ${version}: vitest`, run: (files = NODE_DEPENDENT) => runVitest(files, executable) };
}

async function runWebKit(files) {
  const { port, stop } = await startWebKitDriver(ensureBrowser('webkit'));
  try {
    return await runBrowsers('webkit', files, { WEBKIT_DRIVER_PORT: String(port) });
  } finally {
    stop();
  }
}
