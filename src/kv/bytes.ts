/**
 * Keys and values are bytes that stand in strings: UTF-8 as the text that it is, and each byte that is not part of any
 * as a lone low surrogate, its escape (docs/decisions/0096).
 */

/** The byte b, which is 0x80 or above, stands as the unit U+DC00 + b. */
const ESCAPE_BASE = 0xdc00;
const ESCAPE_FIRST = 0xdc80;
const ESCAPE_LAST = 0xdcff;

/** Up to here the decoder takes longer than reading by hand; and when it refuses, thirty times as long. */
const SHORT_BYTES_MAX = 24;
/** Units become the arguments of one call, which takes some thousands. */
const UNITS_PER_CALL = 4096;
const REPLACEMENT = 0xfffd;

const encoder = new TextEncoder();
/** With `ignoreBOM`, a byte order mark stays what it is: a character. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The string in which these bytes stand. No other bytes stand in it. */
export function textOfBytes(bytes: Uint8Array): string {
  if (bytes.length <= SHORT_BYTES_MAX) return isAscii(bytes) ? textOfUnits(bytes) : textWithEscapes(bytes);
  try {
    return decoder.decode(bytes);
  } catch {
    return textWithEscapes(bytes);
  }
}

/** The bytes that stand in a string. What is no escape and has no UTF-8 becomes U+FFFD, as everywhere else. */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  return hasLoneSurrogate(text) ? bytesWithEscapes(text) : encoder.encode(text);
}

/**
 * Whether a string is the one in which its bytes stand. It is not when it holds another surrogate without its partner,
 * or escapes that together are UTF-8.
 */
export function isCanonical(text: string): boolean {
  return !hasLoneSurrogate(text) || textOfBytes(bytesOfText(text)) === text;
}

/** Whether a string holds a surrogate without its partner: in a canonical one, a byte that is not UTF-8. */
export function hasLoneSurrogate(text: string): boolean {
  return !text.isWellFormed();
}

/** How many bytes of a string are escapes. */
export function escapeCount(text: string): number {
  if (!hasLoneSurrogate(text)) return 0;
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const codePoint = text.codePointAt(at) ?? 0;
    if (codePoint > 0xffff) at += 1; // two units
    else if (escapedByte(codePoint) !== undefined) count += 1;
  }
  return count;
}

/** The byte for which a unit is the escape; undefined for any other. */
export function escapedByte(unit: number): number | undefined {
  return unit >= ESCAPE_FIRST && unit <= ESCAPE_LAST ? unit - ESCAPE_BASE : undefined;
}

function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte > 0x7f) return false;
  return true;
}

function textWithEscapes(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length); // each byte makes at most one unit
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (length === 0) {
      units[count++] = ESCAPE_BASE + (bytes[at] ?? 0);
      at += 1;
      continue;
    }
    const codePoint = codePointAt(bytes, at, length);
    if (codePoint > 0xffff) {
      units[count++] = 0xd7c0 + (codePoint >> 10); // the high surrogate: 0xd800 + ((codePoint - 0x10000) >> 10)
      units[count++] = 0xdc00 + (codePoint & 0x3ff);
    } else {
      units[count++] = codePoint;
    }
    at += length;
  }
  return textOfUnits(units.subarray(0, count));
}

function textOfUnits(units: Uint8Array | Uint16Array): string {
  let text = String(Reflect.apply(String.fromCharCode, String, units.subarray(0, UNITS_PER_CALL)));
  for (let at = UNITS_PER_CALL; at < units.length; at += UNITS_PER_CALL) {
    text += String(Reflect.apply(String.fromCharCode, String, units.subarray(at, at + UNITS_PER_CALL)));
  }
  return text;
}

/** How many bytes the character has that begins at a place; 0 where none does (Unicode, table 3-7). */
function characterLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // The second byte's range is narrower where the character had a shorter form, is a surrogate or is beyond U+10FFFF.
  const second = bytes[at + 1] ?? 0;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let next = at + 2; next < at + length; next += 1) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] ?? 0;
  if (length === 1) return lead;
  let codePoint = lead & (0x7f >> length);
  for (let next = at + 1; next < at + length; next += 1) codePoint = (codePoint << 6) | ((bytes[next] ?? 0) & 0x3f);
  return codePoint;
}

function bytesWithEscapes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(3 * text.length); // a unit takes at most three
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    let codePoint = text.codePointAt(at) ?? 0;
    if (codePoint > 0xffff) at += 1; // two units
    const escaped = escapedByte(codePoint);
    if (escaped === undefined && codePoint >= 0xd800 && codePoint <= 0xdfff) codePoint = REPLACEMENT;
    if (escaped !== undefined || codePoint < 0x80) {
      bytes[count++] = escaped ?? codePoint;
      continue;
    }
    const length = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    bytes[count++] = ((0xf00 >> length) & 0xff) | (codePoint >> (6 * (length - 1)));
    for (let shift = 6 * (length - 2); shift >= 0; shift -= 6) bytes[count++] = 0x80 | ((codePoint >> shift) & 0x3f);
  }
  return bytes.slice(0, count);
}
