/** Keys and values as the state machine sees them, measured and ordered by their bytes, and as people read them. */
import { bytesOfText, escapeCount, escapedByte, hasLoneSurrogate } from './bytes.ts';

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

/**
 * Compares two texts by their bytes. JavaScript's own order, by UTF-16 units, puts the characters beyond U+FFFF before
 * U+E000, and bytes that are no text behind everything else.
 * @returns negative, zero or positive, as for Array.sort
 */
export function compareByBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const unitA = a.charCodeAt(at);
    const unitB = b.charCodeAt(at);
    if (unitA === unitB) continue;
    return isSurrogate(unitA) || isSurrogate(unitB) ? compareBytesFrom(a, b, at) : unitA - unitB;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Enough units for the bytes of a character, and of its beginning where it stands in escapes, to differ in. */
const UNITS_TO_DIFFER = 5;

/** Compares two texts that are equal up to a unit of theirs, the first of them that may be half a character. */
function compareBytesFrom(a: string, b: string, at: number): number {
  const isSecondHalf = at > 0 && /[\ud800-\udbff]/.test(a.charAt(at - 1));
  const from = isSecondHalf ? at - 1 : at;
  const bytesA = bytesOfText(a.slice(from, from + UNITS_TO_DIFFER));
  const bytesB = bytesOfText(b.slice(from, from + UNITS_TO_DIFFER));
  const length = Math.min(bytesA.length, bytesB.length);
  const differs = bytesA.subarray(0, length).findIndex((byte, position) => byte !== bytesB[position]);
  return differs < 0 ? bytesA.length - bytesB.length : (bytesA[differs] ?? 0) - (bytesB[differs] ?? 0);
}

/** Whether the bytes of a text begin with those of another, which may end within a character. */
export function startsWithBytes(text: string, prefix: string): boolean {
  if (text.startsWith(prefix)) return true;
  if (escapedByte(prefix.charCodeAt(prefix.length - 1)) === undefined) return false;
  const bytes = bytesOfText(text);
  return bytesOfText(prefix).every((byte, at) => byte === bytes[at]);
}

/**
 * What is drawn as nothing or as a blank, or turns or breaks the line: control and format characters, unassigned ones,
 * ends of lines, spaces other than the usual one, and the fillers among letters, marks and symbols.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

/** An escape of JSON's, by itself: `\n`, `\\`; or `\udc89`, which it writes for a byte that is no text. */
const JSON_ESCAPE = /\\(?:udc([89a-f][0-9a-f])|.)/g;

/**
 * A text in quotes, with escapes for everything that would not be seen as itself or would steer a terminal; a byte that
 * is no text is `\x89`. The console reads it back. Whatever shows a key or value shows it by this.
 */
export function quoteText(text: string): string {
  return JSON.stringify(text)
    .replace(JSON_ESCAPE, (escape, byte: string | undefined) => (byte === undefined ? escape : `\\x${byte}`))
    .replace(UNSEEN, (unseen) => unseen.split('').map(escaped).join(''));
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

/** A value for the clipboard, which holds nothing but text: as it is where it is text, else as it would be typed. */
export function copiedText(value: string): string {
  return hasLoneSurrogate(value) ? quoteText(value) : value;
}

/** The first `charactersMax` UTF-16 units of a text, one less where a character would be cut in half. */
export function beginningOf(text: string, charactersMax: number): string {
  const last = text.charCodeAt(charactersMax - 1);
  const isHalf = text.length > charactersMax && last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? charactersMax - 1 : charactersMax);
}
