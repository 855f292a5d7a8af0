/** Fuzzy search for the command palette: how well a query matches a text. */

const WORD_START = 8;
const CONSECUTIVE = 5;
const PLAIN = 1;
const GAP = 0.1;

/**
 * How well `query` matches `text`, ignoring case: higher is better, null when its words are not all in it.
 * Each word's letters must appear in order; letters at the start of words and in a row count more.
 */
export function fuzzyScore(query: string, text: string): number | null {
  const lowerText = text.toLowerCase();
  let total = 0;
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const score = scoreWord(word, lowerText);
    if (score === null) return null;
    total += score;
  }
  return total - text.length * 0.01;
}

/** The best match among all places where the word's first letter occurs. */
function scoreWord(word: string, text: string): number | null {
  let best: number | null = null;
  for (let start = text.indexOf(word.charAt(0)); start !== -1; start = text.indexOf(word.charAt(0), start + 1)) {
    const score = scoreFrom(word, text, start);
    if (score === null) break;
    if (best === null || score > best) best = score;
  }
  return best;
}

function scoreFrom(word: string, text: string, start: number): number | null {
  let score = 0;
  let previous = start - 1;
  for (const letter of word) {
    const position = text.indexOf(letter, previous + 1);
    if (position === -1) return null;
    const isWordStart = position === 0 || !/[a-z0-9]/.test(text.charAt(position - 1));
    if (isWordStart) score += WORD_START;
    else if (position === previous + 1) score += CONSECUTIVE;
    else score += PLAIN - GAP * (position - previous);
    previous = position;
  }
  return score;
}

/** The items that match, best first; all of them, in their own order, for an empty query. */
export function fuzzyFilter<Item>(items: readonly Item[], query: string, textOf: (item: Item) => string): Item[] {
  if (query.trim() === '') return [...items];
  const scored: { item: Item; score: number }[] = [];
  for (const item of items) {
    const score = fuzzyScore(query, textOf(item));
    if (score !== null) scored.push({ item, score });
  }
  return scored.sort((left, right) => right.score - left.score).map(({ item }) => item);
}
