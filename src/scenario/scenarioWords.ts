/** What came of a scenario, in words and for programs. */
import type { AnswerTone } from '../contract/console.ts';
import type { TraceEvent } from '../trace/events.ts';
import { wordsFor } from '../trace/words.ts';
import type { LineResult, ScenarioRun, Verdict } from './scenarioRun.ts';

const MARKS: Readonly<Record<Verdict, string>> = { done: ' ', passed: '✓', failed: '✗', watching: '…' };
const TONES: Readonly<Record<AnswerTone, string>> = { ok: '', note: '', unknown: '? ', error: '! ' };
const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  done: '', passed: 'passed', failed: 'failed', watching: 'watched to the end',
};

/** A line as it is told: `✓  12  expect n3 leads` and below it the event that decided. */
export function resultLines(result: LineResult, run: ScenarioRun): readonly string[] {
  const { line, text, verdict, words } = result;
  const first = `${MARKS[verdict]} ${String(line).padStart(3)}  ${text}`;
  const told = [`${TONES[words.tone]}${words.text}`, words.detail].filter((part) => part !== '').join('  ');
  const below = [...(told === '' || told === 'ok' ? [] : told.split('\n')), ...eventLines(result, run)];
  return [first, ...below.map((row) => `       ${row}`)];
}

/** Of a pass the event that made it true; of a failure, up to which event it was not. */
function eventLines({ verdict, event }: LineResult, run: ScenarioRun): readonly string[] {
  if (event === null || verdict === 'done') return [];
  return [`${VERDICT_WORDS[verdict]} at ${run.momentOf(event)}: ${sentenceOf(event)}`];
}

function sentenceOf(event: TraceEvent): string {
  const { subject, sentence } = wordsFor(event);
  return `${subject} ${sentence}`;
}

/** The last line of all: how many expectations held. */
export function summaryLine(results: readonly LineResult[]): string {
  const count = (verdict: Verdict): number => results.filter((result) => result.verdict === verdict).length;
  const [passed, failed] = [count('passed'), count('failed')];
  return failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} failed`;
}

/** A line's result for a program. */
export function resultData(result: LineResult, run: ScenarioRun): object {
  const { line, text, verdict, words, event } = result;
  return {
    line, text, verdict, answer: words.text, detail: words.detail,
    decidedBy: event === null || verdict === 'done'
      ? null : { event: event.type, seq: event.seq, at: run.momentOf(event), text: sentenceOf(event) },
  };
}
