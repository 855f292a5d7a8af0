/** A console line cut into words: bare, or in quotes with escapes. */
import { textOfBytes } from '../kv/bytes.ts';

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

/** What word processors and phones write in place of the two straight quotes. */
const TYPOGRAPHIC_QUOTES: Readonly<Record<string, string>> = {
  '“': '"', '”': '"', '„': '"', '‟': '"', '«': '"', '»': '"', '‘': "'", '’': "'", '‚': "'", '‛': "'",
};

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\', '"': '"', "'": "'", n: '\n', t: '\t', r: '\r', b: '\b', f: '\f',
};

/**
 * Splits a line into words. A word in "…" or '…' may hold anything; in it, `\n`, `\t`, `\r`, `\\`, `\"`, `\'`,
 * `\uXXXX` and `\xHH`, which is a byte, are escapes.
 */
export function tokenize(line: string): readonly ConsoleToken[] | TokenProblem {
  const tokens: ConsoleToken[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(line[at])) at += 1;
    const first = line[at];
    if (first === undefined) return tokens;
    const straight = TYPOGRAPHIC_QUOTES[first];
    if (straight !== undefined) return quoteProblem(first, straight, at);
    const token = first === '"' || first === "'" ? readQuoted(line, at, first) : readBare(line, at);
    if ('message' in token) return token;
    tokens.push(token);
    at = token.to;
  }
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}

/** Within a word, as in don’t, such a character is one like any other; at its beginning it was meant as a quote. */
function quoteProblem(character: string, straight: string, position: number): TokenProblem {
  return {
    message: `${character} is not a straight quote`,
    hint: `put the text in ${straight}…${straight}`,
    position,
  };
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
    if (character === undefined) return unclosedProblem(text, quote, from);
    if (character === quote) break;
    if (character !== '\\') {
      text += character;
      at += 1;
      continue;
    }
    const escape = readEscape(line, at);
    if ('message' in escape) return escape;
    if (escape.isBytes && /[\ud800-\udbff]$/.test(text)) {
      return { message: 'half a character stands before this byte', hint: 'leave it out', position: at };
    }
    text += escape.text;
    at = escape.to;
  }
  const to = at + 1;
  if (to < line.length && !isSpace(line[to])) {
    return { message: 'text follows the closing quote', hint: 'put a space there', position: to };
  }
  return { text, from, to, quoted: true };
}

/** Bytes that stand side by side are read together: they may be a character. */
const BYTE_ESCAPES = /(?:\\x[0-9a-fA-F]{2})+/y;
const UNIT_ESCAPE = /\\u([0-9a-fA-F]{4})/y;

interface Escape {
  readonly text: string;
  readonly to: number;
  readonly isBytes?: true;
}

/** What stands at a backslash. */
function readEscape(line: string, at: number): Escape | TokenProblem {
  const bytes = matchAt(BYTE_ESCAPES, line, at)?.[0];
  if (bytes !== undefined) {
    const text = textOfBytes(Uint8Array.from(bytes.split('\\x').slice(1), (hex) => parseInt(hex, 16)));
    return { text, to: at + bytes.length, isBytes: true };
  }
  const unit = matchAt(UNIT_ESCAPE, line, at)?.[1];
  if (unit !== undefined) return { text: String.fromCharCode(parseInt(unit, 16)), to: at + 6 };
  const text = ESCAPES[line[at + 1] ?? ''];
  if (text !== undefined) return { text, to: at + 2 };
  const hint = String.raw`escapes are \n \t \r \\ \" \' \uXXXX \xHH; write \\ for a backslash`;
  return { message: `${line.slice(at, at + 2)} is not an escape`, hint, position: at };
}

function matchAt(sticky: RegExp, line: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(line);
}

function unclosedProblem(text: string, quote: string, position: number): TokenProblem {
  const last = text.trimEnd().at(-1) ?? '';
  const wrong = TYPOGRAPHIC_QUOTES[last] === quote ? `; ${last} is not a straight quote` : '';
  return { message: 'this quote is not closed', hint: `end it with ${quote}${wrong}`, position };
}
