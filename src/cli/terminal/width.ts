/** The width of text on a terminal, in columns, and cutting text to a width. Escapes for colours have no width. */

// eslint-disable-next-line no-control-regex -- the escape character is what is looked for
const STYLE_ESCAPE = /\u001b\[[0-9;]*m/g;
const WIDE = /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60]$/u;
const COMBINING = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** The columns that one character takes: 0, 1 or 2. An approximation of what terminals do (Unicode TR 11). */
function characterWidth(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The columns that a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text.replace(STYLE_ESCAPE, '')) width += characterWidth(character);
  return width;
}

/** The text with spaces after it up to a width. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The text with spaces in front of it up to a width. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** A plain text in lines of at most `width` columns, broken at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const part of text.split(/(?<= )/)) {
    for (let word = part; word !== '';) {
      if (widthOf(line + word.trimEnd()) <= width) {
        line += word;
        break;
      }
      if (line !== '') {
        lines.push(line.trimEnd());
        line = '';
        continue;
      }
      const start = startWithin(word, width);
      lines.push(start);
      word = word.slice(start.length);
    }
  }
  return line === '' ? lines : [...lines, line.trimEnd()];
}

/** As many characters from the start of a plain text as fit into `width` columns, but at least one. */
function startWithin(text: string, width: number): string {
  let start = '';
  for (const character of text) {
    if (start !== '' && widthOf(start + character) > width) break;
    start += character;
  }
  return start;
}

/** The text, cut with an ellipsis when it is wider than `width`; styles are kept and ended. */
export function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let shown = '';
  let left = width - 1;
  for (let at = 0; at < text.length;) {
    STYLE_ESCAPE.lastIndex = at;
    const escape = STYLE_ESCAPE.exec(text);
    if (escape?.index === at) {
      shown += escape[0];
      at += escape[0].length;
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    left -= characterWidth(character);
    if (left < 0) break;
    shown += character;
    at += character.length;
  }
  return `${shown}…${text.includes('\u001b') ? '\u001b[0m' : ''}`;
}
