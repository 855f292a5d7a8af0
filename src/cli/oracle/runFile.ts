/** Runs one script file and compares what each case prints with what it should print. */
import { ScriptError } from './arguments.ts';
import { type Case, DataDrivenError, parseCases } from './dataDriven.ts';
import { InteractionScript } from './interaction.ts';
import { MembershipScript } from './membership.ts';
import { runQuorumCase } from './quorum.ts';

/** The first case that prints something else. */
export interface Difference {
  readonly kind: 'difference';
  /** Of the command, counted from 1. */
  readonly line: number;
  /** The command line's first word. */
  readonly command: string;
  readonly expected: string;
  readonly got: string;
}

/** The file does not follow the format. */
export interface Unreadable {
  readonly kind: 'unreadable';
  /** Where, counted from 1. */
  readonly line: number;
  readonly reason: string;
}

export interface FileResult {
  /** How many cases came out as expected. */
  readonly passedCount: number;
  /** Undefined when the whole file passed; a file with only comments passes. */
  readonly failure: Difference | Unreadable | undefined;
}

type RunCase = (testCase: Case) => string;

/**
 * The nearest folder with a known name determines the kind of script; without one it is an interaction. Windows's
 * separators are accepted everywhere.
 */
function runnerFor(path: string): RunCase {
  const folders = path.split(/[/\\]/).slice(0, -1).reverse();
  switch (folders.find((folder) => ['quorum', 'confchange', 'interaction'].includes(folder))) {
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

/** Runs a file up to its first difference. Never throws because of the file's content. */
export function runFile(path: string, content: string): FileResult {
  let cases: readonly Case[];
  try {
    cases = parseCases(content);
  } catch (error) {
    if (error instanceof DataDrivenError) {
      return { passedCount: 0, failure: { kind: 'unreadable', line: error.line, reason: error.message } };
    }
    throw error;
  }
  const run = runnerFor(path);
  for (const [passedCount, testCase] of cases.entries()) {
    const expected = comparable(testCase.expected);
    const got = comparable(outputOf(run, testCase));
    if (expected !== got) {
      const { line, command } = testCase;
      return { passedCount, failure: { kind: 'difference', line, command, expected, got } };
    }
  }
  return { passedCount: cases.length, failure: undefined };
}

/** What a case prints, or why it cannot be run. */
function outputOf(run: RunCase, testCase: Case): string {
  try {
    return run(testCase);
  } catch (error) {
    if (error instanceof ScriptError) {
      return error.message;
    }
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

const LOG_LINE = /^\s*(DEBUG|INFO|WARN|ERROR|FATAL)\s/;

/**
 * An output without the parts that are not compared: lines of another project's log (level L2), and white space at its
 * end. If nothing else is left, it is `ok`, as when nothing was printed at all.
 */
function comparable(output: string): string {
  const lines = output.split('\n').filter((line) => !LOG_LINE.test(line));
  const text = lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
  return text === '' ? 'ok' : text;
}
