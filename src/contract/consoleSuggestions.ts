/** What a person who mistyped a command probably meant. */
import { COMMAND_WORDS } from './consoleCommands.ts';

/** The command that was probably meant. */
export function suggestion(text: string): string {
  const near = COMMAND_WORDS.find((word) => text.length > 1 && word.startsWith(text))
    ?? COMMAND_WORDS.find((word) => editDistance(word, text) <= Math.min(2, text.length / 3));
  return near === undefined ? 'help lists the commands' : `did you mean ${near}?`;
}

/** How many letters must be changed, added or removed (Levenshtein). Only for words of a command's length. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? Infinity;
}
