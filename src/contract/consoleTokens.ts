/** Splits a console line into words: bare, or in quotes with escapes. */
import { quoteText } from '../kv/text.ts';

/** One word of a line. */
export interface ConsoleToken {
  /** Its value: without quotes, and with escapes replaced. */
  readonly text: string;
  /** Its place in the line: from its first character or quote to just after its last. */
  readonly from: number;
  readonly to: number;
  readonly quoted: boolean;
}

/** Why a line cannot be split into words. */
export interface TokenProblem {
  readonly message: string;
  readonly hint: string;
  readonly position: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\', '"': '"', "'": "'", n: '\n', t: '\t', r: '\r', b: '\b', f: '\f',
};

/**
 * Splits a line into words. A word in "…" or '…' may hold anything; in it, `\n`, `\t`, `\r`, `\\`, `\"`, `\'` and
 * `\uXXXX` are escapes.
 */
export function tokenize(line: string): readonly ConsoleToken[] | TokenProblem {
  const tokens: ConsoleToken[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(line[at])) at += 1;
    const first = line[at];
    if (first === undefined) return tokens;
    const token = first === '"' || first === "'" ? readQuoted(line, at, first) : readBare(line, at);
    if ('message' in token) return token;
    tokens.push(token);
    at = token.to;
  }
}

/** A text as it must be typed: bare if that means the same, else in quotes. */
export function typedText(text: string): string {
  return /^[\p{L}\p{N}_.:/][\p{L}\p{N}_.:/-]*$/u.test(text) ? text : quoteText(text);
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}

function readBare(line: string, from: number): ConsoleToken {
  let to = from;
  while (to < line.length && !isSpace(line[to])) to += 1;
  return { text: line.slice(from, to), from, to, quoted: false };
}

function readQuoted(line: string, from: number, quote: string): ConsoleToken | TokenProblem {
  let text = '';
  let at = from + 1;
  for (;;) {
    const character = line[at];
    if (character === undefined) {
      return { message: 'this quote is not closed', hint: `end it with ${quote}`, position: from };
    }
    if (character === quote) break;
    if (character !== '\\') {
      text += character;
      at += 1;
      continue;
    }
    const unicode = /^\\u([0-9a-fA-F]{4})/.exec(line.slice(at, at + 6))?.[1];
    const escaped = unicode === undefined ? ESCAPES[line[at + 1] ?? ''] : String.fromCharCode(parseInt(unicode, 16));
    if (escaped === undefined) {
      const hint = String.raw`escapes are \n \t \r \\ \" \' \uXXXX; write \\ for a backslash`;
      return { message: `${line.slice(at, at + 2)} is no escape`, hint, position: at };
    }
    text += escaped;
    at += unicode === undefined ? 2 : 6;
  }
  const to = at + 1;
  if (to < line.length && !isSpace(line[to])) {
    return { message: 'a word goes on behind its closing quote', hint: 'put a space there', position: to };
  }
  return { text, from, to, quoted: true };
}
