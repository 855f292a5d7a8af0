/** Bytes that stand in strings: every sequence of bytes in one string of its own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfText, isCanonical, textOfBytes } from '../../src/kv/bytes.ts';
import { utf8Length } from '../../src/kv/text.ts';

/** Mostly pieces of characters, so that whole, broken and overlong ones meet. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.array(fc.constantFrom(0x41, 0x80, 0xa0, 0xbf, 0xc0, 0xc3, 0xe0, 0xe2, 0x82, 0xac, 0xed, 0xf0, 0x9f, 0xf4, 0xff), {
    maxLength: 40,
  }).map((bytes) => Uint8Array.from(bytes)),
);
/** Any units at all: pairs, halves, escapes. */
const anyUnits = fc.array(fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.integer({ min: 0xd800, max: 0xdfff }),
  fc.constantFrom(0x41, 0xdce2, 0xdc82, 0xdcac),
), { maxLength: 12 }).map((units) => String.fromCharCode(...units));

const hex = (text: string) => Buffer.from(bytesOfText(text)).toString('hex');

describe('bytes in strings', () => {
  it('gives every sequence of bytes back, from a canonical string of its own', () => {
    fc.assert(fc.property(anyBytes, (bytes) => {
      const text = textOfBytes(bytes);
      expect(bytesOfText(text)).toEqual(bytes);
      expect(isCanonical(text)).toBe(true);
      expect(utf8Length(text)).toBe(bytes.length);
    }));
  });

  it('leaves UTF-8 the text that it is, and makes escapes of nothing else', () => {
    fc.assert(fc.property(anyBytes, (bytes) => {
      const isUtf8 = Buffer.from(Buffer.from(bytes).toString('utf8'), 'utf8').equals(bytes);
      expect(/\p{Surrogate}/u.test(textOfBytes(bytes))).toBe(!isUtf8);
    }));
    expect(textOfBytes(new TextEncoder().encode('\ufeffZürich 東京 🦀'.repeat(9)))).toBe('\ufeffZürich 東京 🦀'.repeat(9));
    expect(textOfBytes(Uint8Array.of(0x89, 0x50, 0xf0, 0x9f, 0xa6, 0x80, 0xf0, 0x9f))).toBe('\udc89P🦀\udcf0\udc9f');
  });

  it('calls a string canonical when its bytes stand in it', () => {
    fc.assert(fc.property(anyUnits, (text) => {
      expect(isCanonical(text)).toBe(textOfBytes(bytesOfText(text)) === text);
    }));
    expect(['🦀', '\udce2\udc82', 'a\udcff'].every(isCanonical)).toBe(true);
    expect(['\ud83e', '\udc7f', '\udd00', '\udce2\udc82\udcac'].some(isCanonical)).toBe(false);
    expect(hex('\udce2\udc82\udcac')).toBe(hex('€'));
  });

  it('takes a megabyte of anything', () => {
    const bytes = Uint8Array.from({ length: 1024 * 1024 }, (_, at) => (at * at + (at >> 8)) & 0xff);
    expect(Buffer.from(bytesOfText(textOfBytes(bytes))).equals(bytes)).toBe(true);
  });
});
