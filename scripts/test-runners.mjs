// The two test runners as child processes, answering `{ exitCode, files }`, a line of counts and failures per test file.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';

const root = dirname(import.meta.dirname);
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const webTestRunner = join(root, 'node_modules/@web/test-runner/dist/bin.js');
const output = mkdtempSync(join(tmpdir(), 'agentops-test-'));
const escape = '\u001B';
const cursorMove = new RegExp(`${escape}\\[\\d*[AGK]`, 'g');

process.once('exit', () => rmSync(output, { recursive: true, force: true }));

/** All tests, or those of `files` (relative to the root, or the start of a path), on `node`. */
export async function runVitest(files = [], node = process.execPath) {
  const report = newReport();
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // What a test starts by name, such as npm, runs on the same.
  const PATH = [dirname(node), process.env.PATH].join(delimiter);
  const exitCode = await execute([node, vitest, 'run', ...files, ...reporters], { PATH });
  return { exitCode, files: (readJson(report)?.testResults ?? []).map(vitestFile) };
}

/** All tests, or those of `files` (relative to the root), in `browsers` (comma-separated). */
export async function runBrowsers(browsers, files = [], variables = {}) {
  const report = newReport();
  const only = files.length > 0 ? ['--files', ...files] : [];
  const exitCode = await execute([process.execPath, webTestRunner, ...only], {
    ...variables,
    BROWSERS: browsers,
    WTR_REPORT_FILE: report,
  });
  return { exitCode, files: readJson(report) ?? [] };
}

function vitestFile({ name, status, message, assertionResults }) {
  const withStatus = (...statuses) => assertionResults.filter(test => statuses.includes(test.status));
  const failures = withStatus('failed').map(test => `${test.fullName}: ${firstLine(test.failureMessages[0])}`);
  // It failed as a whole: an import, a hook.
  if (status === 'failed' && failures.length === 0) failures.push(firstLine(message));
  return {
    file: relative(root, name),
    passed: withStatus('passed').length,
    failed: failures.length,
    skipped: withStatus('pending', 'skipped', 'todo').length,
    failures,
  };
}

function firstLine(text) {
  return (text ?? '').split('\n', 1)[0];
}

let reports = 0;

function newReport() {
  return join(output, `${++reports}.json`);
}

/** Where there is no terminal, WTR still moves its cursor about; those codes are taken out. */
function execute([program, ...args], variables) {
  const interactive = Boolean(process.stdout.isTTY);
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...variables },
    stdio: ['inherit', interactive ? 'inherit' : 'pipe', 'inherit'],
  });
  child.stdout?.setEncoding('utf8').on('data', text => process.stdout.write(text.replaceAll(cursorMove, '')));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve(code ?? 1));
  });
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // A runner that crashed has written none.
    return undefined;
  }
}
