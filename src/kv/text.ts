/** Keys and values as the state machine sees them, measured and ordered by their bytes, and as people read them. */
import { escapeCount } from './bytes.ts';

const utf8 = new TextEncoder();

/** A UTF-16 unit takes at most this many bytes in UTF-8, and at least one. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

/** Short texts are encoded here to be measured, without allocating memory for each. */
const scratch = new Uint8Array(1024);

/** A surrogate without its partner is encoded as U+FFFD, which has three bytes; an escape stands for one. */
const BYTES_TOO_MANY_PER_ESCAPE = 2;

/** How many bytes a text is: its length in UTF-8, where an escape is one byte. */
export function utf8Length(text: string): number {
  const bytes = text.length * UTF8_BYTES_PER_UNIT_MAX <= scratch.length
    ? utf8.encodeInto(text, scratch).written
    : utf8.encode(text).length;
  return bytes === text.length ? bytes : bytes - BYTES_TOO_MANY_PER_ESCAPE * escapeCount(text);
}

/** Whether a text is at most that many UTF-8 bytes long. Only a text near the limit is encoded to find out. */
export function isWithinUtf8(text: string, bytesMax: number): boolean {
  if (text.length * UTF8_BYTES_PER_UNIT_MAX <= bytesMax) return true;
  return text.length <= bytesMax && utf8Length(text) <= bytesMax;
}

/** Whether a text has an encoding in UTF-8: it holds no lone surrogate. */
export function isWellFormedText(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/**
 * Compares two texts by their UTF-8 bytes, which is the order of their code points. JavaScript's own order, by UTF-16
 * units, puts the characters beyond U+FFFF before U+E000.
 * @returns negative, zero or positive, as for Array.sort
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const unitA = a.charCodeAt(at);
    const unitB = b.charCodeAt(at);
    if (unitA !== unitB) return codePointRank(unitA) - codePointRank(unitB);
  }
  return a.length - b.length;
}

/** Moves the surrogates (U+D800–U+DFFF) behind U+E000–U+FFFF, where the code points that they stand for belong. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * What is drawn as nothing or as a blank, or turns or breaks the line: control and format characters, unassigned ones,
 * ends of lines, spaces other than the usual one, and the fillers among letters, marks and symbols.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

/** A text in quotes, with escapes for everything that would not be seen as itself or would steer a terminal. */
export function quoteText(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (unseen) => unseen.split('').map(escaped).join(''));
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Whether the console reads a text without quotes as itself, and a person sees all of it. */
export function isBare(text: string): boolean {
  return /^[\p{L}\p{N}_.:/][\p{L}\p{N}_.:/-]*$/u.test(text) && !/\p{Default_Ignorable_Code_Point}/u.test(text);
}

/** A text as it would have to be typed: bare where that reads the same, else in quotes. */
export function typedText(text: string): string {
  return isBare(text) ? text : quoteText(text);
}

/** The first `charactersMax` UTF-16 units of a text, one less where a character would be cut in half. */
export function beginningOf(text: string, charactersMax: number): string {
  const last = text.charCodeAt(charactersMax - 1);
  const isHalf = text.length > charactersMax && last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? charactersMax - 1 : charactersMax);
}
