/** Text as it is shown: nothing in it is invisible, and the console reads it back. */
import { describe, expect, it } from 'vitest';
import { copiedText, isBare, quoteText, typedText } from '../../src/kv/text.ts';

/** One of each kind of what is drawn as nothing or as a blank, or turns or breaks the line. */
const UNSEEN = [
  0x7f, 0x9b, 0xa0, 0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x2003, 0x200b, 0x200c, 0x200d, 0x200e, 0x2028, 0x2029, 0x202e,
  0x2060, 0x2066, 0x2800, 0x3000, 0x3164, 0xe000, 0xfe0f, 0xfeff, 0xffa0, 0x1d173, 0xe0041,
];

describe('a text in quotes', () => {
  it.each(UNSEEN)('escapes the code point %i', (code) => {
    const shown = quoteText(`a${String.fromCodePoint(code)}b`);
    expect(shown).toMatch(/^"a(?:\\u[0-9a-f]{4}){1,2}b"$/);
    expect(JSON.parse(shown)).toBe(`a${String.fromCodePoint(code)}b`);
  });

  it('leaves what is seen as it is, and an empty text is there to be seen', () => {
    expect(quoteText('Zürich “x” 東京 🦀 e\u0301')).toBe('"Zürich “x” 東京 🦀 e\u0301"');
    expect(quoteText('')).toBe('""');
    expect(quoteText('\udc89PNG\\udc89 \u{e0080}\udcff')).toBe(String.raw`"\x89PNG\\udc89 \udb40\udc80\xff"`);
    expect([copiedText('a\n🦀'), copiedText('\udc89\n')]).toEqual(['a\n🦀', String.raw`"\x89\n"`]);
    expect(quoteText('a\nb')).toBe(String.raw`"a\nb"`);
  });
});

describe('a text as it is typed', () => {
  it('is bare only where all of it is seen', () => {
    expect(typedText('colour')).toBe('colour');
    expect(typedText('two words')).toBe('"two words"');
    expect(typedText('')).toBe('""');
    // Letters by their category, and drawn as nothing.
    expect(typedText('a\u3164')).toBe(String.raw`"a\u3164"`);
    expect(isBare('a\u115f')).toBe(false);
  });
});
