/** An answer as lines of a terminal. */
import type { AnswerWords } from '../../contract/console.ts';
import type { Style } from './style.ts';
import { widthOf, wrap } from './width.ts';

const MARKS = { ok: '', note: '', unknown: '? ', error: '! ' } as const;

/**
 * Two columns to the right of the question, broken into lines of at most `width` columns. Errors and unknown outcomes
 * have a mark in front, not only a colour.
 */
export function answerLines(words: AnswerWords, style: Style, width = Infinity): string[] {
  const paint = { ok: style.bold, note: (text: string) => text, unknown: style.warn, error: style.bad }[words.tone];
  const lines = `${MARKS[words.tone]}${words.text}`.split('\n').flatMap((line) => wrap(line, width - 2));
  const last = lines.at(-1) ?? '';
  const painted = lines.map((line) => `  ${paint(line)}`);
  if (words.detail === '') return painted;
  const detail = style.quiet(words.detail);
  const fits = widthOf(last) + widthOf(words.detail) + 4 <= width;
  return fits ? [...painted.slice(0, -1), `${painted.at(-1) ?? ''}  ${detail}`] : [...painted, `  ${detail}`];
}
