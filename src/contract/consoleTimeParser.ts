/** The grammar of the console's commands of time. */
import { ConditionProblem, parseCondition } from '../trace/conditions.ts';
import type { Condition } from '../trace/conditions.ts';
import { quoted } from '../trace/quoted.ts';
import { durationOf, numberWithin, ParseProblem } from './consoleArguments.ts';
import type { Words } from './consoleArguments.ts';
import type { TimeWord } from './consoleCommands.ts';
import type { TimeOrder } from './consoleTime.ts';
import type { ConsoleToken } from './consoleTokens.ts';
import {
  BRANCH_NAME_MAX, RUN_MS_MAX, SPEED_LEAST, SPEED_MAX, STEP_UNITS, STEPS_AT_ONCE_MAX,
} from './time.ts';

/** Numbers in the list of what can happen next. */
const NEXT_NUMBER_MAX = 9999;

/** @throws {ParseProblem} */
export function parseTime(word: TimeWord, words: Words, usage: string): TimeOrder {
  const order = orderOf(word, words, usage);
  words.end(usage);
  return order;
}

function orderOf(word: TimeWord, words: Words, usage: string): TimeOrder {
  switch (word) {
    case 'run': {
      const forMs = words.peek() === undefined ? null : durationOf(words.take('', usage), RUN_MS_MAX, usage);
      return { do: 'run', forMs };
    }
    case 'next':
    case 'branches':
      return { do: word };
    case 'speed':
      return { do: 'speed', speed: numberWithin(words.take('the speed', usage), SPEED_LEAST, SPEED_MAX, usage) };
    case 'step':
    case 'back': {
      const count = beginsWithNumber(words) ? wholeFromOne(words.take('', usage), STEPS_AT_ONCE_MAX, usage) : 1;
      const unit = words.peek() === undefined ? 'event' : words.takeOneOf(STEP_UNITS, 'the unit', usage);
      return { do: word, unit, count };
    }
    case 'until': {
      const { condition, withinMs } = takeCondition(words, usage);
      return { do: 'until', condition: condition.text, withinMs };
    }
    case 'first':
      return { do: word, number: nextNumber(words, usage) };
    case 'branch':
    case 'delete-branch':
      return { do: word, branch: words.take('the branch', usage).text };
    case 'rename-branch': {
      const branch = words.take('the branch', usage).text;
      const { text, from } = words.take('the name', usage);
      const name = text.trim();
      if (name !== '' && name.length <= BRANCH_NAME_MAX) return { do: word, branch, name };
      throw new ParseProblem(`a name has 1 to ${BRANCH_NAME_MAX} characters`, usage, from);
    }
    case 'compare':
      return {
        do: word, branch: words.take('the branch', usage).text, other: words.take('the other branch', usage).text,
      };
  }
}

/** Whether a number follows: one of the next events, where a node or a held message may stand as well. */
export function beginsWithNumber(words: Words): boolean {
  return /^\d/.test(words.peek()?.text ?? '');
}

/** `lose 3`, `delay 3 50`: what is done to one of the next events. @throws {ParseProblem} */
export function parseNextOrder(word: 'lose' | 'double' | 'delay', words: Words, usage: string): TimeOrder {
  const number = nextNumber(words, usage);
  if (word !== 'delay') {
    words.end(usage);
    return { do: word, number };
  }
  const byMs = numberWithin(words.take('the milliseconds', usage), 0, RUN_MS_MAX, usage);
  words.end(usage);
  return { do: word, number, byMs };
}

/**
 * The rest of a line: `CONDITION [within DURATION]`.
 * @throws {ParseProblem} with the place in the line of what is wrong in the condition
 */
export function takeCondition(words: Words, usage: string): { condition: Condition; withinMs: number | null } {
  const { text, from } = words.takeRest('the condition', usage);
  const [, before = text, within] = /^(.*?)\s+within(?:\s+(.*))?$/s.exec(text) ?? [];
  const condition = conditionAt(before, from);
  if (before === text) return { condition, withinMs: null };
  const duration = within ?? '';
  const at = from + text.length - duration.length;
  if (duration === '') throw new ParseProblem('the duration is missing', usage, at);
  return { condition, withinMs: durationOf({ text: duration, from: at }, RUN_MS_MAX, usage) };
}

function conditionAt(text: string, from: number): Condition {
  try {
    return parseCondition(text);
  } catch (problem) {
    if (!(problem instanceof ConditionProblem)) throw problem;
    throw new ParseProblem(problem.complaint, '', from + problem.position);
  }
}

function nextNumber(words: Words, usage: string): number {
  return wholeFromOne(words.take('the number', usage), NEXT_NUMBER_MAX, usage);
}

function wholeFromOne(token: Pick<ConsoleToken, 'text' | 'from'>, max: number, usage: string): number {
  const number = /^\d+$/.test(token.text) ? Number(token.text) : NaN;
  if (number >= 1 && number <= max) return number;
  throw new ParseProblem(`${quoted(token.text)} is not a whole number from 1 to ${max}`, usage, token.from);
}
