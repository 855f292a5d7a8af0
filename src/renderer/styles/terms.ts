/** The colour of a term: seven Okabe–Ito colours that repeat. The term's number is always shown beside the colour. */
import type { NodeView } from '../../trace/view.ts';

type Term = NodeView['term'];

const TERM_COLOURS = 7;

function colourNumber(term: Term): number {
  return ((Math.max(term, 1) - 1) % TERM_COLOURS) + 1;
}

/** The fill of a term's mark, as a CSS value. Term 0, before the first election, is neutral. */
export function termFill(term: Term): string {
  return term === 0 ? 'var(--sunk)' : `var(--term-${colourNumber(term)})`;
}

/** The colour of text on `termFill`, at least 4.5:1. */
export function termInk(term: Term): string {
  return term === 0 ? 'var(--text2)' : `var(--term-${colourNumber(term)}-ink)`;
}

/** The colour of a stroke for this term on a surface, at least 3:1. */
export function termLine(term: Term): string {
  return term === 0 ? 'var(--control)' : `var(--term-${colourNumber(term)}-line)`;
}
