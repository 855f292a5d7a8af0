/** Text styles of a terminal. Never colour alone: words or shapes also express what colours do. */

const ESCAPE = '\u001b[';

/** How parts of a line look; each function takes a text and returns it with its style. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly quiet: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly accent: (text: string) => string;
  /** The colour of a term: the same seven Okabe–Ito colours as in the window, repeated. */
  readonly term: (term: number, text: string) => string;
}

const none = (text: string): string => text;

/** No escapes at all: for pipes, and where NO_COLOR is set. */
export const PLAIN: Style = {
  bold: none, quiet: none, good: none, bad: none, warn: none, accent: none, term: (_term, text) => text,
};

/** The nearest to Okabe–Ito in the 256 colours that terminals have. */
const TERM_COLOURS = [32, 214, 36, 175, 117, 166, 221];

const styled = (code: string) => (text: string): string => (text === '' ? '' : `${ESCAPE}${code}m${text}${ESCAPE}0m`);

export const COLOURED: Style = {
  bold: styled('1'),
  quiet: styled('2'),
  good: styled('38;5;36'),
  bad: styled('38;5;203'),
  warn: styled('38;5;214'),
  accent: styled('38;5;39'),
  term: (term, text) => {
    const colour = term === 0 ? undefined : TERM_COLOURS[(term - 1) % TERM_COLOURS.length];
    return colour === undefined ? text : styled(`38;5;${colour}`)(text);
  },
};

/** The style for a stream: none unless it is a terminal, or where NO_COLOR (no-color.org) or TERM=dumb ask for none. */
export function styleFor(output: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): Style {
  const noColour = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return output.isTTY === true && !noColour ? COLOURED : PLAIN;
}
