// Reads vitest's JSON report: how many tests passed, and which failed and why.
import { relative } from 'node:path';

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
 * A line for each failed test and each file that could not be loaded: its file, its name, and the first line of the
 * reason. In a long run, the tests' own output is far above the end, where people look first.
 * @param {unknown} report vitest's JSON report; anything else has no failures to name
 * @param {string} directory that the files' paths are relative to
 * @returns {string[]}
 */
export function failuresIn(report, directory) {
  return filesOf(report).flatMap(({ path, status, message, assertionResults }) => {
    const place = relative(directory, path);
    if (status === 'failed' && assertionResults.length === 0) return [`${place}: ${firstLine(message)}`];
    return assertionResults
      .filter(isRecord)
      .filter((test) => test['status'] === 'failed')
      .map((test) => `${place} › ${textAt(test, 'fullName')}: ${firstLine(firstText(test['failureMessages']))}`);
  });
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
    path: textAt(file, 'name'),
    status: file['status'],
    message: textAt(file, 'message'),
    assertionResults: Array.isArray(file['assertionResults']) ? file['assertionResults'] : [],
  }));
}

/**
 * @param {Record<string, unknown>} record
 * @param {string} key
 */
function textAt(record, key) {
  const value = record[key];
  return typeof value === 'string' ? value : '';
}

/** @param {unknown} texts */
function firstText(texts) {
  const first = Array.isArray(texts) ? /** @type {unknown} */ (texts[0]) : undefined;
  return typeof first === 'string' ? first : '';
}

/** @param {string} text */
function firstLine(text) {
  return text.split(/\r?\n/, 1)[0] ?? '';
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === 'object' && value !== null;
}
