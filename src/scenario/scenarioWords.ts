/** What came of a scenario, in words and for programs. */
import type { AnswerTone } from '../contract/console.ts';
import type { TraceEvent } from '../trace/events.ts';
import { secondsText } from '../trace/timeWords.ts';
import { wordsFor } from '../trace/words.ts';
import type { LineResult, ScenarioRun, Verdict } from './scenarioRun.ts';

/** A mark's shape says it, not its colour alone. */
export const MARKS: Readonly<Record<Verdict, string>> = { done: ' ', passed: '✓', failed: '✗', watching: '…' };
const TONES: Readonly<Record<AnswerTone, string>> = { ok: '', note: '', unknown: '? ', error: '! ' };

/** A line as it is told: `✓  12  expect n3 leads` and below it the event that decided. */
export function resultLines(result: LineResult, run: ScenarioRun): readonly string[] {
  const { line, text, verdict } = result;
  const first = `${MARKS[verdict]} ${String(line).padStart(3)}  ${text}`;
  return [first, ...wordsOf(result, run).map((row) => `       ${row}`)];
}

/** What is told of a line: its answer, and the event that decided. */
export function wordsOf(result: LineResult, run: ScenarioRun): readonly string[] {
  const { words } = result;
  const told = [`${TONES[words.tone]}${words.text}`, words.detail].filter((part) => part !== '').join('  ');
  return [...(told === '' || told === 'ok' ? [] : told.split('\n')), ...eventLines(result, run)];
}

/** The event that made it true or, of an `expect never`, broke it; where nothing did, the moment. */
function eventLines(result: LineResult, run: ScenarioRun): readonly string[] {
  const { verdict, event, isDecided, ranOut } = result;
  if (ranOut !== null) {
    return [`had not come true within ${secondsText(ranOut.withinMs)}, which ended at ${run.momentOf(ranOut)}`];
  }
  if (event === null || verdict === 'done') return [];
  const at = run.momentOf(event);
  if (isDecided) return [`${verdict} at ${at}: ${sentenceOf(event)}`];
  return [verdict === 'passed' || result.isNever ? `held already at ${at}` : `had not come true by ${at}`];
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
  const { line, text, verdict, words, event, isDecided, ranOut } = result;
  const decidedAt = ranOut ?? event;
  return {
    line, text, verdict, answer: words.text, detail: words.detail,
    at: decidedAt === null ? null : run.momentOf(decidedAt),
    decidedBy: event === null || !isDecided
      ? null : { event: event.type, seq: event.seq, text: sentenceOf(event) },
  };
}
