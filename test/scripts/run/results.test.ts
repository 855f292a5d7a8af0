import { expect, test } from 'vitest';
import { countResults, failuresIn } from '../../../scripts/run/results.mjs';

/** A file in the report, with a number of tests. */
function file(status: string, testCount: number) {
  return { status, assertionResults: Array.from({ length: testCount }, () => ({})) };
}

test('counts tests', () => {
  const report = { numPassedTests: 5, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1, testResults: [] };
  expect(countResults(report, 1)).toEqual({ passed: 5, failed: 2, skipped: 2 });
});

test('a file that could not be loaded is a failure', () => {
  const report = { numPassedTests: 5, numFailedTests: 1, testResults: [file('failed', 0), file('failed', 3)] };
  expect(countResults(report, 1)).toEqual({ passed: 5, failed: 2, skipped: 0 });
});

test('a run that fails without a failed test is a failure, whatever its report looks like', () => {
  expect(countResults({ numPassedTests: 5, numFailedTests: 0, testResults: [] }, 1).failed).toBe(1);
  for (const report of [undefined, null, 'text', { testResults: 'none' }]) {
    expect(countResults(report, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  }
});

test('a run that succeeds has no failure', () => {
  expect(countResults({ numPassedTests: 5, testResults: [file('passed', 5)] }, 0)).toEqual({
    passed: 5,
    failed: 0,
    skipped: 0,
  });
});

test('each failure is named, with its file and the first line of its reason', () => {
  const report = {
    testResults: [
      {
        name: '/checkout/test/a.test.ts',
        status: 'failed',
        assertionResults: [
          { fullName: 'a counts', status: 'passed', failureMessages: [] },
          { fullName: 'a adds', status: 'failed', failureMessages: ['expected 1 to be 2\n    at a.test.ts:3'] },
        ],
      },
      { name: '/checkout/test/b.test.ts', status: 'failed', message: 'Cannot find c\nat b', assertionResults: [] },
      { name: '/checkout/test/d.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] },
    ],
  };
  expect(failuresIn(report, '/checkout')).toEqual([
    'test/a.test.ts › a adds: expected 1 to be 2',
    'test/b.test.ts: Cannot find c',
  ]);
  expect(failuresIn(undefined, '/checkout')).toEqual([]);
});
