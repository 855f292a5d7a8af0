/** The tokens' colours as a canvas needs them: resolved, because a canvas knows no custom properties. */
import { termInk, termLine } from '../styles/terms.ts';

export interface TermColours {
  readonly fill: string;
  readonly ink: string;
  readonly line: string;
}

export interface StageColours {
  readonly background: string;
  readonly text: string;
  readonly text2: string;
  readonly bad: string;
  readonly warn: string;
  /** Entry 0 is for term 0; the colours repeat after the last. */
  readonly terms: readonly TermColours[];
}

const TERM_COLOURS = 7;

/** Reads the colours that apply at an element. */
export function readStageColours(element: Element): StageColours {
  const style = getComputedStyle(element);
  const resolve = (value: string): string => {
    const property = /^var\((--[\w-]+)\)$/.exec(value)?.[1];
    return property === undefined ? value : style.getPropertyValue(property).trim();
  };
  const terms = Array.from({ length: TERM_COLOURS + 1 }, (_, term) => ({
    // What moves has no outline of its own: the stroke's colour is seen on every surface.
    fill: resolve(termLine(term)), ink: resolve(termInk(term)), line: resolve(termLine(term)),
  }));
  return {
    background: resolve('var(--bg)'),
    text: resolve('var(--text)'),
    text2: resolve('var(--text2)'),
    bad: resolve('var(--bad)'),
    warn: resolve('var(--warn)'),
    terms,
  };
}

/** The colours of a term. */
export function coloursOfTerm(colours: StageColours, term: number): TermColours {
  const found = colours.terms[term === 0 ? 0 : ((term - 1) % TERM_COLOURS) + 1];
  if (found === undefined) throw new RangeError(`no colour for term ${term}`);
  return found;
}
