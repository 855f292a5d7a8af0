/** Reads a `.lab` file: one console command a line, comments, what the lab is like, and what is expected. */
import { parseConsole } from '../contract/console.ts';
import { ParseProblem, Words } from '../contract/consoleArguments.ts';
import type { ConsoleCommand } from '../contract/consoleCommands.ts';
import { takeCondition } from '../contract/consoleTimeParser.ts';
import { tokenize } from '../contract/consoleTokens.ts';
import { parseCondition } from '../trace/conditions.ts';
import { nodeNumberOfName } from '../trace/names.ts';
import { LabLines } from './labLines.ts';
import { FORBIDDEN_ORDERS, nodeAskedBy } from './scenario.ts';
import type { Scenario, ScenarioLine, ScenarioOrder, ScenarioProblem, ScenarioStep } from './scenario.ts';

/** Far more than anybody writes by hand. */
export const SCENARIO_CHARACTERS_MAX = 256 * 1024;
const LINES_MAX = 2000;
/** So many problems are told at once; the others may follow from them. */
const PROBLEMS_MAX = 20;
/** How long `until` goes on that does not say it: many elections at the slow pace. */
const UNTIL_WITHIN_MS = 60_000;

const EXPECT_USAGE = 'expect CONDITION, expect never CONDITION, or expect CONDITION within DURATION';

export type ParsedScenario =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly ScenarioProblem[] };

/** Parses a whole file. Never throws. */
export function parseScenario(text: string): ParsedScenario {
  const rows = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (text.length > SCENARIO_CHARACTERS_MAX || rows.length > LINES_MAX) {
    const message = `a scenario has at most ${LINES_MAX} lines and ${SCENARIO_CHARACTERS_MAX} characters`;
    return { ok: false, problems: [{ line: 1, column: 1, message, hint: '' }] };
  }
  const labLines = new LabLines();
  const lines: ScenarioLine[] = [];
  const problems: ScenarioProblem[] = [];
  rows.forEach((row, at) => {
    if (row.trim() === '' || row.trimStart().startsWith('#')) return;
    try {
      const step = parseLine(row, labLines, lines.length === 0);
      if (step === undefined) return;
      refuseAbsentNode(step, row, labLines.nodesGiven, lines);
      lines.push({ line: at + 1, text: row.trim(), step });
    } catch (problem) {
      if (!(problem instanceof ParseProblem)) throw problem;
      problems.push({ line: at + 1, column: problem.position + 1, message: problem.message, hint: problem.hint });
    }
  });
  if (problems.length === 0 && lines.length === 0) {
    const hint = 'write a command or an expectation, such as expect somebody leads within 10s';
    problems.push({ line: 1, column: 1, message: 'the scenario does nothing', hint });
  }
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, PROBLEMS_MAX) };
  return { ok: true, scenario: { lab: labLines.lab, lines } };
}

/** @returns undefined for a line about the lab @throws {ParseProblem} */
function parseLine(row: string, labLines: LabLines, isAtTop: boolean): ScenarioStep | undefined {
  const [, space = '', word = ''] = /^(\s*)(\S+)/.exec(row) ?? [];
  switch (word) {
    case 'lab':
      if (!isAtTop) {
        throw new ParseProblem('the lab was begun by the lines above', 'lab stands at the top', space.length);
      }
      labLines.take(wordsAfter(row));
      return undefined;
    case 'expect':
      return parseExpectation(wordsAfter(row));
    case 'begin': {
      const command = commandIn(row, space.length + word.length);
      if (command.type === 'kv') return { do: 'begin', command };
      throw new ParseProblem('begin goes with a command about data', 'begin put KEY VALUE', space.length);
    }
    case 'try': {
      const step = stepOf(commandIn(row, space.length + word.length), word, space.length);
      if (step.do === 'command') return { ...step, isTried: true };
      throw new ParseProblem('try goes with a command for the lab', 'try transfer n1', space.length);
    }
    default:
      return stepOf(commandIn(row, 0), word, space.length);
  }
}

/**
 * The lab has the nodes that its line says and those that the lines above add.
 * @throws {ParseProblem} when another is asked
 */
function refuseAbsentNode(
  step: ScenarioStep, row: string, nodesGiven: number | undefined, above: readonly ScenarioLine[],
): void {
  const node = nodeAskedBy(step);
  if (node === null || node === 'leader' || nodesGiven === undefined) return;
  const count = nodesGiven + above.filter((line) => addsNode(line.step)).length;
  if (nodeNumberOfName(node) <= count) return;
  const has = count === 1 ? 'it has n1 alone' : `it has n1 to n${count}`;
  throw new ParseProblem(`there is no node ${node} in this lab`, has, row.indexOf(node));
}

function addsNode(step: ScenarioStep): boolean {
  if (step.do !== 'command') return false;
  const { command } = step;
  return command.type === 'add' || (command.type === 'membership' && command.action === 'replace');
}

/** @throws {ParseProblem} */
function parseExpectation(words: Words): ScenarioStep {
  if (words.peek()?.text === 'never') {
    words.take('', EXPECT_USAGE);
    const from = words.peek()?.from ?? 0;
    const { condition, withinMs } = takeCondition(words, EXPECT_USAGE);
    if (withinMs === null) return { do: 'never', condition };
    const at = from + condition.text.length + 1;
    throw new ParseProblem('never goes on to the end of the file', 'leave out within', at);
  }
  const from = words.peek()?.from ?? 0;
  const { condition, withinMs } = takeCondition(words, EXPECT_USAGE);
  if (withinMs !== null || !condition.isMoment) return { do: 'expect', condition, withinMs };
  throw new ParseProblem('this speaks of what happens, and between lines nothing happens', 'add within DURATION', from);
}

function wordsAfter(row: string): Words {
  const tokens = tokenize(row);
  if ('message' in tokens) throw new ParseProblem(tokens.message, tokens.hint, tokens.position);
  const words = new Words(tokens, row);
  words.take('', '');
  return words;
}

/** The console's command from a column on. @throws {ParseProblem} */
function commandIn(row: string, from: number): ConsoleCommand {
  const parsed = parseConsole(row.slice(from));
  if (parsed.ok) return parsed.command;
  throw new ParseProblem(parsed.message, parsed.hint, from + parsed.position);
}

/** @throws {ParseProblem} for a command that has no place in a scenario */
function stepOf(command: ConsoleCommand, word: string, column: number): ScenarioStep {
  switch (command.type) {
    case 'quit':
    case 'clear':
    case 'help':
    case 'status':
    case 'messages':
    case 'show-variant':
      throw new ParseProblem(`${word} has no place in a scenario`, '', column);
    case 'use':
      return { do: 'use', node: command.node };
    case 'time':
      return orderStep(command.order, column);
    default:
      return { do: 'command', command, isTried: false };
  }
}

function orderStep(order: (ConsoleCommand & { type: 'time' })['order'], column: number): ScenarioStep {
  switch (order.do) {
    case 'run':
      if (order.forMs !== null) return { do: 'run', forMs: order.forMs };
      throw new ParseProblem('the duration is missing', 'run DURATION: the next line comes after it', column);
    case 'until':
      return { do: 'until', condition: parseCondition(order.condition), withinMs: order.withinMs ?? UNTIL_WITHIN_MS };
    default:
      if (isAllowed(order)) return { do: 'order', order };
      throw new ParseProblem(
        `${order.do} has no place in a scenario`, 'time is held between its lines, and goes forward only', column,
      );
  }
}

function isAllowed(order: ScenarioOrder | { readonly do: (typeof FORBIDDEN_ORDERS)[number] }): order is ScenarioOrder {
  return !FORBIDDEN_ORDERS.some((forbidden) => forbidden === order.do);
}
