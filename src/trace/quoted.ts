/** A word that somebody gave, as a message quotes it: in one line, and never longer than a message. */
import { beginningOf, quoteText } from '../kv/text.ts';

const QUOTED_MAX = 60;

export function quoted(text: string): string {
  return text.length <= QUOTED_MAX ? quoteText(text) : `${quoteText(beginningOf(text, QUOTED_MAX))}…`;
}
