/** Runs one script file and compares what each case prints with what it should. */
import { sep } from 'node:path';
import { type Case, parseCases } from './dataDriven.ts';
import { InteractionScript } from './interaction.ts';
import { MembershipScript } from './membership.ts';
import { runQuorumCase } from './quorum.ts';

/** The first case that prints something else. */
export interface Difference {
  readonly line: number;
  readonly command: string;
  readonly expected: string;
  readonly got: string;
}

export interface FileResult {
  readonly caseCount: number;
  readonly difference: Difference | undefined;
}

type RunCase = (testCase: Case) => string;

/** What kind of script it is follows from the nearest folder with a known name; without one it is an interaction. */
function runnerFor(path: string): RunCase {
  const kind = path
    .split(sep)
    .reverse()
    .find((folder) => ['quorum', 'confchange', 'interaction'].includes(folder));
  switch (kind) {
    case 'quorum':
      return runQuorumCase;
    case 'confchange': {
      const script = new MembershipScript();
      return (testCase) => script.run(testCase);
    }
    default: {
      const script = new InteractionScript();
      return (testCase) => script.run(testCase);
    }
  }
}

/**
 * Runs a file up to its first difference.
 * @throws {DataDrivenError} when the file does not follow the format
 */
export function runFile(path: string, content: string): FileResult {
  const cases = parseCases(content);
  const run = runnerFor(path);
  for (const testCase of cases) {
    const expected = comparable(testCase.expected);
    const got = comparable(run(testCase));
    if (expected !== got) {
      const { line, command } = testCase;
      return { caseCount: cases.length, difference: { line, command, expected, got } };
    }
  }
  return { caseCount: cases.length, difference: undefined };
}

const LOG_LINE = /^\s*(DEBUG|INFO|WARN|ERROR|FATAL)\s/;

/**
 * An output without what is not compared: lines of another project's log (level L2), and white space at its end. An
 * output of nothing else is `ok`, as it is where nothing was printed at all.
 */
function comparable(output: string): string {
  const lines = output.split('\n').filter((line) => !LOG_LINE.test(line));
  const text = lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
  return text === '' ? 'ok' : text;
}
