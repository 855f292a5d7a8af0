/** What the Tab key does in the console: completes what is unambiguous, then cycles through the candidates. */
import type { Completions } from '../../contract/console.ts';

/** The line after a Tab. `cycle` is set while Tab cycles through the candidates. */
export interface Completed {
  readonly text: string;
  readonly cursor: number;
  readonly cycle: TabCycle | null;
}

export interface TabCycle extends Completions {
  /** The text before and after the completed word. */
  readonly before: string;
  readonly behind: string;
  /** The candidate in the line now. */
  readonly index: number;
}

/** The first Tab: inserts a single candidate with a space, or the common start of several. */
export function completeOnce(text: string, cursor: number, candidates: Completions): Completed | null {
  const { from, texts } = candidates;
  const [first] = texts;
  if (first === undefined) return null;
  const before = text.slice(0, from);
  const behind = text.slice(cursor);
  if (texts.length === 1) {
    const space = behind.startsWith(' ') ? '' : ' ';
    return { text: `${before}${first}${space}${behind}`, cursor: from + first.length + 1, cycle: null };
  }
  const common = commonPrefix(texts);
  const written = text.slice(from, cursor);
  if (common.length > written.length) {
    return { text: before + common + behind, cursor: from + common.length, cycle: null };
  }
  return showCandidate({ ...candidates, before, behind, index: 0 });
}

/** A further Tab (`step` 1) or Shift+Tab (-1) while cycling through the candidates. */
export function completeNext(cycle: TabCycle, step: 1 | -1): Completed {
  const count = cycle.texts.length;
  return showCandidate({ ...cycle, index: (cycle.index + step + count) % count });
}

function showCandidate(cycle: TabCycle): Completed {
  const word = cycle.texts[cycle.index] ?? '';
  return { text: cycle.before + word + cycle.behind, cursor: cycle.before.length + word.length, cycle };
}

function commonPrefix(texts: readonly string[]): string {
  let prefix = texts[0] ?? '';
  for (const text of texts) {
    while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  return prefix;
}
