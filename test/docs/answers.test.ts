/** The answers that docs/console.md quotes are what the console says. */
import { expect, test } from 'vitest';
import { answerLines } from '../../src/cli/terminal/answerLines.ts';
import { PLAIN } from '../../src/cli/terminal/style.ts';
import type { KvAnswer } from '../../src/contract/answers.ts';
import { describeAnswer } from '../../src/contract/consoleWords.ts';
import { pageAt } from './page.ts';

const page = pageAt('docs/console.md');
/** The quoted questions with their answers: `n4 ❯ put owner "ada"` and the line below. */
const quoted = [...page.matchAll(/^n4 ❯ (.*)\n( {2}.*)$/gm)].map(([, question = '', answer = '']) => [question, answer]);

const answered = (totalMs: number): Omit<KvAnswer, 'result'> => ({
  index: 17, term: 3, route: ['n4', 'n3'], leader: 'n3', hops: 1, tries: 1,
  timing: { totalMs, appendedMs: null, committedMs: null },
});
const red = { type: 'value', value: 'red' } as const;

const ANSWERS: Readonly<Record<string, KvAnswer>> = {
  'put owner "ada"': { ...answered(1.4), result: { type: 'written', previous: null } },
  'get colour': {
    ...answered(1.2), result: red,
    read: { kind: 'read-index', readIndex: 17, confirmedBy: 'round', batchSize: 1, confirmedMs: 0.9, appliedMs: 0.3 },
  },
  'get colour stale': {
    ...answered(0), route: ['n4'], result: red,
    read: { kind: 'stale', readIndex: null, confirmedBy: null, batchSize: 1, confirmedMs: null, appliedMs: null },
  },
};

test('each quoted answer', () => {
  const said = Object.entries(ANSWERS)
    .map(([question, answer]) => [question, ...answerLines(describeAnswer(answer), PLAIN)]);
  expect(quoted).toEqual(said);
});

test('the words that it explains', () => {
  expect(describeAnswer({ ...answered(1), tries: 2, result: { type: 'deleted', previous: null } }).detail)
    .toContain(/`(\d tries)`/.exec(page)?.[1]);
});
