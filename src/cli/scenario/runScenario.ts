/** `--scenario FILE`: runs a scenario in a lab of its own and tells of each line; the exit code says how it went. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { LAB_NAME_MAX } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import { readableName } from '../../contract/names.ts';
import { createLabService } from '../../lan/labService.ts';
import type { LabServiceOptions } from '../../lab/service.ts';
import { clockMs } from '../../node/clock.ts';
import { parseScenario, SCENARIO_CHARACTERS_MAX } from '../../scenario/parseScenario.ts';
import { problemsLive, problemText } from '../../scenario/scenario.ts';
import type { Scenario, ScenarioProblem } from '../../scenario/scenario.ts';
import { ScenarioRun } from '../../scenario/scenarioRun.ts';
import type { LineResult, ScenarioWorld, Waiting } from '../../scenario/scenarioRun.ts';
import { resultData, resultLines, summaryLine } from '../../scenario/scenarioWords.ts';

export interface ScenarioOptions {
  readonly file: string;
  /** With real nodes instead of simulated ones. */
  readonly isLive: boolean;
  /** An object of JSON a line instead of words. */
  readonly json: boolean;
}

interface Parts {
  readonly workerUrls: LabServiceOptions['workerUrls'];
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  /** Resolves when somebody wants the program to end. */
  readonly stopped: Promise<unknown>;
}

/** All that was expected holds; something does not; the file makes no sense. */
const EXIT = { passed: 0, failed: 1, wrongFile: 2 } as const;

/**
 * @returns the exit code
 * @throws {LabError} when the file cannot be read or the lab cannot be made
 */
export async function runScenarioFile(options: ScenarioOptions, parts: Parts): Promise<number> {
  const scenario = readScenario(options);
  if ('problems' in scenario) {
    for (const problem of scenario.problems) parts.printError(`${options.file}: ${problemText(problem)}`);
    return EXIT.wrongFile;
  }
  // A scenario leaves nothing behind, and does not change which lab the app opens next.
  const dataDirectory = mkdtempSync(join(tmpdir(), 'raftlab-scenario-'));
  const silent = (): void => undefined;
  try {
    const service = await createLabService({
      dataDirectory, workerUrls: parts.workerUrls, log: { info: silent, warn: silent, error: silent },
      opensOwnLab: false, tellsEveryEvent: true,
    });
    try {
      const labName = readableName(basename(options.file), LAB_NAME_MAX, 'Scenario');
      const world = { service, labName, ...(options.isLive ? { wait: realWait } : {}) };
      const ended = runLines(scenario, world, options.json, parts.print);
      return await Promise.race([ended, parts.stopped.then(() => EXIT.failed)]);
    } finally {
      await service.close();
    }
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function readScenario({ file, isLive }: ScenarioOptions): Scenario | { readonly problems: readonly ScenarioProblem[] } {
  const parsed = parseScenario(textOf(file));
  if (!parsed.ok) return parsed;
  const problems = isLive ? problemsLive(parsed.scenario) : [];
  return problems.length > 0 ? { problems } : parsed.scenario;
}

/** @throws {LabError} */
function textOf(file: string): string {
  try {
    // A character takes at most three bytes.
    if (statSync(file).size <= SCENARIO_CHARACTERS_MAX * 3) return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError('disk-error', `the scenario cannot be read (${reason}): check its name`);
  }
  throw new LabError('too-large', `${file} is too large for a scenario: at most ${SCENARIO_CHARACTERS_MAX} characters`);
}

async function runLines(
  scenario: Scenario, world: ScenarioWorld, json: boolean, print: (line: string) => void,
): Promise<number> {
  const run = await ScenarioRun.begin(scenario, world);
  const tell = (result: LineResult): void => {
    if (json) print(JSON.stringify({ type: 'line', ...resultData(result, run) }));
    else resultLines(result, run).forEach(print);
  };
  for (let result = await run.next(); result !== null; result = await run.next()) tell(result);
  run.close();
  const { results } = run;
  // What was watched to the end is decided now.
  results.filter(({ isNever }) => isNever).forEach(tell);
  const failed = results.filter(({ verdict }) => verdict === 'failed').length;
  const passed = results.filter(({ verdict }) => verdict === 'passed').length;
  print(json ? JSON.stringify({ type: 'end', passed, failed }) : summaryLine(results));
  return failed === 0 ? EXIT.passed : EXIT.failed;
}

function realWait(ms: number): Waiting {
  let end: () => void = () => undefined;
  const over = new Promise<number>((resolve) => {
    end = () => resolve(clockMs());
  });
  const timer = setTimeout(end, ms);
  return {
    over,
    cancel: () => {
      clearTimeout(timer);
      end();
    },
  };
}
