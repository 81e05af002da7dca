// One line per test file and browser, and all of them as JSON for scripts/test-runners.mjs.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** A WTR reporter; failures themselves are reported by WTR's own. */
export function fileLinesReporter(reportFile) {
  return {
    reportTestFileResults({ logger, sessionsForTestFile }) {
      for (const session of sessionsForTestFile) logger.log(fileLine(session));
    },
    onTestRunFinished({ sessions }) {
      if (reportFile) writeFileSync(reportFile, JSON.stringify([...sessions].map(fileResult)));
    },
  };
}

function fileLine(session) {
  const { file, passed, failed, skipped } = fileResult(session);
  const notes = [`${passed} passed`, failed && `${failed} failed`, skipped && `${skipped} skipped`].filter(Boolean);
  return `${session.passed ? '✓' : '✗'} ${file} [${session.browser.name}] ${notes.join(', ')}`;
}

function fileResult(session) {
  const tests = testsIn(session.testResults);
  const failures = tests.filter(test => !test.passed && !test.skipped).map(failureLine);
  // It failed as a whole: an import, a time-out.
  if (failures.length === 0 && !session.passed) failures.push(session.errors[0]?.message ?? 'the file did not finish');
  const skipped = tests.filter(test => test.skipped).length;
  return {
    file: relative(process.cwd(), session.testFile),
    browser: session.browser.name,
    passed: tests.filter(test => test.passed && !test.skipped).length,
    failed: failures.length,
    skipped,
    failures: failures.map(line => `[${session.browser.name}] ${line}`),
  };
}

function testsIn(suite) {
  return suite ? [...suite.tests, ...suite.suites.flatMap(testsIn)] : [];
}

function failureLine({ name, error }) {
  return `${name}: ${(error?.message ?? '').split('\n', 1)[0]}`;
}
