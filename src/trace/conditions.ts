/**
 * Conditions over a cluster: a text such as `n3 leads and commit of n1 >= 12` becomes a test of the view and the event.
 *
 *     condition  = all { "or" all }
 *     all        = single { "and" single }
 *     single     = "not" single | "(" condition ")" | statement
 *
 * conditionStatements.ts has the statements.
 */
import { parseStatement } from './conditionStatements.ts';
import type { Test } from './conditionStatements.ts';
import { ConditionProblem, ConditionWords } from './conditionWords.ts';
import type { TraceEvent } from './events.ts';
import type { ClusterView } from './view.ts';

export { ConditionProblem } from './conditionWords.ts';

/** The longest text of a condition, in characters. It also limits how deep its parentheses go. */
export const CONDITION_LENGTH_MAX = 300;

export interface Condition {
  /** As it was written. */
  readonly text: string;
  /**
   * Whether it speaks of something that happens, such as a message that is lost. Then it holds only just after that
   * event; otherwise it speaks of how things are, and can be asked at any moment.
   */
  readonly isMoment: boolean;
  /**
   * Whether it holds.
   * @param view the cluster with the event already folded in
   * @param event the event that just happened; null between events, when nothing happens
   */
  isMet(view: ClusterView, event: TraceEvent | null): boolean;
}

/**
 * Parses the text of a condition.
 * @throws {ConditionProblem} with the column and what was expected there
 */
export function parseCondition(text: string): Condition {
  if (text.length > CONDITION_LENGTH_MAX) {
    throw new ConditionProblem(`a condition has at most ${CONDITION_LENGTH_MAX} characters`, CONDITION_LENGTH_MAX);
  }
  const words = new ConditionWords(text);
  const { isMoment, isMet } = parseAny(words);
  if (words.peek() !== '') words.fail('and, or, or the end');
  return { text: text.trim(), isMoment, isMet };
}

function parseAny(words: ConditionWords): Test {
  const tests = [parseAll(words)];
  while (words.accept('or')) tests.push(parseAll(words));
  return together(tests, (view, event) => tests.some((test) => test.isMet(view, event)));
}

function parseAll(words: ConditionWords): Test {
  const tests = [parseSingle(words)];
  while (words.accept('and')) tests.push(parseSingle(words));
  return together(tests, (view, event) => tests.every((test) => test.isMet(view, event)));
}

function parseSingle(words: ConditionWords): Test {
  if (words.accept('not')) {
    const { isMoment, isMet } = parseSingle(words);
    return { isMoment, isMet: (view, event) => !isMet(view, event) };
  }
  if (!words.accept('(')) return parseStatement(words);
  const inner = parseAny(words);
  words.expect(')');
  return inner;
}

function together(tests: readonly Test[], isMet: Test['isMet']): Test {
  return { isMoment: tests.some((test) => test.isMoment), isMet };
}
