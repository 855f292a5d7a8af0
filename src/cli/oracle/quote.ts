/** Bytes as the scripts quote them: text between double quotes, with escapes for what is not printable. */

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** What is printed without an escape: letters, marks, numbers, punctuation, symbols, and the plain space. */
const PRINTS = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** The data of an entry, quoted. */
export function quote(data: Uint8Array): string {
  let text = '';
  for (let at = 0; at < data.length; ) {
    const length = characterLength(data, at);
    const character = length === 0 ? undefined : decode(data.subarray(at, at + length));
    text += character === undefined ? hexadecimal('\\x', data[at] ?? 0, 2) : quoteCharacter(character);
    at += character === undefined ? 1 : length;
  }
  return `"${text}"`;
}

function quoteCharacter(character: string): string {
  const escape = ESCAPES[character];
  if (escape !== undefined) {
    return escape;
  }
  const code = character.codePointAt(0) ?? 0;
  if (PRINTS.test(character)) {
    return character;
  }
  if (code < 0x20 || code === 0x7f) {
    return hexadecimal('\\x', code, 2);
  }
  return code < 0x1_00_00 ? hexadecimal('\\u', code, 4) : hexadecimal('\\U', code, 8);
}

function hexadecimal(prefix: string, value: number, digits: number): string {
  return prefix + value.toString(16).padStart(digits, '0');
}

/** How many bytes the UTF-8 character that begins at `at` has; 0 for a byte that does not begin a character. */
function characterLength(data: Uint8Array, at: number): number {
  const first = data[at] ?? 0;
  if (first < 0x80) {
    return 1;
  }
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
  return at + length <= data.length ? length : 0;
}

/** The character that these bytes encode in UTF-8; undefined when they do not encode one. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
