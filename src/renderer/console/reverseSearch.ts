/** Ctrl+R: the search back through the history, as shells have it. */

/** A search in progress: the newest line not after `from` that contains `query`; `index` is -1 when none does. */
export interface ReverseSearch {
  readonly query: string;
  /** The index of the displayed match; -1 for none. */
  readonly index: number;
  /** The line at `index`; null for none. */
  readonly match: string | null;
  /** The input's text when the search began: Escape restores it. */
  readonly draft: string;
}

/** Begins a search. Nothing is typed yet, so nothing is shown. */
export function startReverseSearch(draft: string): ReverseSearch {
  return { query: '', index: -1, match: null, draft };
}

/** The search after its query has changed to `query`: it starts at the newest line again. */
export function searchFor(search: ReverseSearch, lines: readonly string[], query: string): ReverseSearch {
  return withMatch({ ...search, query }, lines, query === '' ? -1 : findBefore(lines, query, lines.length));
}

/** The next older match with another text (Ctrl+R again); the same search when there is none. */
export function searchOlder(search: ReverseSearch, lines: readonly string[]): ReverseSearch {
  let index = search.index;
  while (index >= 0) {
    index = findBefore(lines, search.query, index);
    if (index >= 0 && lines[index] !== search.match) return withMatch(search, lines, index);
  }
  return search;
}

function withMatch(search: ReverseSearch, lines: readonly string[], index: number): ReverseSearch {
  return { ...search, index, match: lines[index] ?? null };
}

function findBefore(lines: readonly string[], query: string, end: number): number {
  const wanted = query.toLowerCase();
  for (let index = end - 1; index >= 0; index -= 1) {
    if (lines[index]?.toLowerCase().includes(wanted) === true) return index;
  }
  return -1;
}
