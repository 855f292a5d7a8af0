// `npm test`: runs every check; ends with a line "N passed, N failed".
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { main } from './run/main.mjs';
import { runInForeground } from './run/program.mjs';
import { runTool } from './run/tools.mjs';
import { formatSeconds } from './setup/progress.mjs';
import { projectDirectory, projectNode, projectPath } from './setup/project.mjs';
import { countResults, failuresIn } from './run/results.mjs';

const artifactsDirectory = projectPath('test-artifacts');

/** @typedef {import('./run/results.mjs').Counts} Counts */

/** @typedef {{ counts: Counts, failures: string[] }} Outcome */

/**
 * A check that is a single yes or no.
 * @param {string} name
 * @param {() => Promise<number>} run
 */
function check(name, run) {
  return {
    name,
    /** @returns {Promise<Outcome>} */
    run: async () => ({ counts: { passed: 0, failed: (await run()) === 0 ? 0 : 1, skipped: 0 }, failures: [] }),
  };
}

/**
 * A check made of tests, which are counted.
 * @param {string} name
 * @param {(vitestArguments: readonly string[]) => Promise<number>} run
 */
function tests(name, run) {
  const resultsPath = join(artifactsDirectory, `${name}.json`);
  return {
    name,
    /** @returns {Promise<Outcome>} */
    run: async () => {
      rmSync(resultsPath, { force: true });
      const exitCode = await run(['--reporter=default', '--reporter=json', `--outputFile.json=${resultsPath}`]);
      const report = readResults(resultsPath);
      return { counts: countResults(report, exitCode), failures: failuresIn(report, projectDirectory) };
    },
  };
}

/** @param {string} path */
function readResults(path) {
  try {
    return /** @type {unknown} */ (JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined; // The tests ended before they could report: their exit code shows it.
  }
}

/** @param {string} name */
function script(name) {
  return (/** @type {readonly string[]} */ scriptArguments = []) =>
    runInForeground(projectNode(), [projectPath('scripts', name), ...scriptArguments]);
}

const CHECKS = [
  // Beside each other: each of them leaves a core idle for a part of its time.
  check('lint, types', async () => {
    const exitCodes = await Promise.all([runTool('eslint', ['--max-warnings', '0', '.']), script('typecheck.mjs')()]);
    return exitCodes.find((code) => code !== 0) ?? 0;
  }),
  tests('unit', (options) => runTool('vitest', ['run', '--project', 'unit', '--project', 'component', ...options])),
  check('build', () => script('build.mjs')()),
  tests('integration', script('integration.mjs')),
  tests('windows', script('testWindows.mjs')),
  tests('e2e', script('e2e.mjs')),
  tests('package', script('testPackage.mjs')),
];

await main(async () => {
  mkdirSync(artifactsDirectory, { recursive: true });
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  const allFailures = [];
  for (const { name, run } of CHECKS) {
    console.log(`\n── ${name}`);
    const startedAt = performance.now();
    const { counts, failures } = await run();
    allFailures.push(...failures);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    const verdict = counts.failed === 0 ? 'ok' : 'FAILED';
    lines.push(`${name.padEnd(12)} ${verdict.padEnd(7)} ${formatSeconds(performance.now() - startedAt).padStart(7)}`);
  }
  console.log(`\n${lines.join('\n')}\n`);
  for (const failure of allFailures) console.log(`FAILED  ${failure}`);
  if (total.skipped > 0) console.log(`${total.skipped} skipped`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
});
