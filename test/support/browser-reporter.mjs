// One line per test file and browser, and the counts as JSON for scripts/test.mjs.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** A WTR reporter; failures themselves are reported by WTR's own. */
export function fileLinesReporter(countsFile) {
  return {
    reportTestFileResults({ logger, sessionsForTestFile, testFile }) {
      for (const session of sessionsForTestFile) logger.log(fileLine(session, relative(process.cwd(), testFile)));
    },
    onTestRunFinished({ sessions }) {
      if (!countsFile) return;
      writeFileSync(countsFile, JSON.stringify(sum([...sessions].map(countSession))));
    },
  };
}

function fileLine(session, file) {
  const { passed, failed, skipped } = countSession(session);
  const notes = [`${passed} passed`, failed && `${failed} failed`, skipped && `${skipped} skipped`].filter(Boolean);
  return `${session.passed ? '✓' : '✗'} ${file} [${session.browser.name}] ${notes.join(', ')}`;
}

/** A file that failed as a whole (an import, a time-out) counts as one failed test. */
function countSession(session) {
  const tests = testsIn(session.testResults);
  const skipped = tests.filter(test => test.skipped).length;
  const passed = tests.filter(test => test.passed && !test.skipped).length;
  const failed = tests.length - passed - skipped;
  return { passed, failed: failed === 0 && !session.passed ? 1 : failed, skipped };
}

function testsIn(suite) {
  return suite ? [...suite.tests, ...suite.suites.flatMap(testsIn)] : [];
}

function sum(counts) {
  const total = key => counts.reduce((all, count) => all + count[key], 0);
  return { passed: total('passed'), failed: total('failed'), skipped: total('skipped') };
}
