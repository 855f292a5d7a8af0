// Counts what vitest's JSON report says.

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Sums up a report. A file that could not even be loaded has no failed test but is a failure, and so is a run that
 * fails without naming a test or that leaves no report.
 * @param {unknown} report vitest's JSON report; anything else counts as no report
 * @param {number} exitCode of the run
 * @returns {Counts}
 */
export function countResults(report, exitCode) {
  const passed = numberAt(report, 'numPassedTests');
  const failedTests = numberAt(report, 'numFailedTests');
  const skipped = numberAt(report, 'numPendingTests') + numberAt(report, 'numTodoTests');
  const brokenFiles = filesOf(report).filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const failed = failedTests + brokenFiles.length;
  return { passed, failed: exitCode !== 0 && failed === 0 ? 1 : failed, skipped };
}

/**
 * @param {unknown} report
 * @param {string} key
 */
function numberAt(report, key) {
  const value = isRecord(report) ? report[key] : undefined;
  return typeof value === 'number' ? value : 0;
}

/** @param {unknown} report */
function filesOf(report) {
  const files = isRecord(report) && Array.isArray(report['testResults']) ? report['testResults'] : [];
  return files.filter(isRecord).map((file) => ({
    status: file['status'],
    assertionResults: Array.isArray(file['assertionResults']) ? file['assertionResults'] : [],
  }));
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === 'object' && value !== null;
}
