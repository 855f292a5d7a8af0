/** The words of an inline command: a line as somebody types it into telnet, with quotes as redis-cli has them. */

const SPACE = 0x20;
const TAB = 0x09;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;
const ESCAPES = new Map([[0x6e, 0x0a], [0x72, 0x0d], [0x74, 0x09], [0x62, 0x08], [0x61, 0x07]]);

/** The words of a line; undefined where a quotation mark is missing. */
export function inlineWords(line: Buffer): Buffer[] | undefined {
  const words: Buffer[] = [];
  let at = 0;
  for (;;) {
    while (isBlank(line[at])) {
      at += 1;
    }
    if (at >= line.length) {
      return words;
    }
    const read = readWord(line, at);
    if (read === undefined) {
      return undefined;
    }
    words.push(read.word);
    at = read.end;
  }
}

interface ReadWord {
  readonly word: Buffer;
  readonly end: number;
}

function readWord(line: Buffer, start: number): ReadWord | undefined {
  const quote = line[start];
  if (quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE) {
    return readQuoted(line, start + 1, quote);
  }
  let end = start;
  while (end < line.length && !isBlank(line[end])) {
    end += 1;
  }
  return { word: line.subarray(start, end), end };
}

function readQuoted(line: Buffer, start: number, quote: number): ReadWord | undefined {
  const bytes: number[] = [];
  let at = start;
  while (at < line.length) {
    const byte = line[at] ?? 0;
    if (byte === quote) {
      const end = at + 1;
      return end === line.length || isBlank(line[end]) ? { word: Buffer.from(bytes), end } : undefined;
    }
    const escape = byte === BACKSLASH ? readEscape(line, at, quote) : undefined;
    bytes.push(escape?.byte ?? byte);
    at += escape?.length ?? 1;
  }
  return undefined;
}

/** In single quotes only the quotation mark has an escape. */
function readEscape(line: Buffer, at: number, quote: number): { byte: number; length: number } | undefined {
  const next = line[at + 1];
  if (next === undefined || (quote === SINGLE_QUOTE && next !== SINGLE_QUOTE)) {
    return undefined;
  }
  const digits = line.toString('latin1', at + 2, at + 4);
  if (next === LETTER_X && /^[0-9a-f]{2}$/i.test(digits)) {
    return { byte: Number.parseInt(digits, 16), length: 4 };
  }
  return { byte: ESCAPES.get(next) ?? next, length: 2 };
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}
