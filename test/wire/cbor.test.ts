/** The accepted part of CBOR: what is written comes back, and what is outside of it is refused without harm. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CBOR_DEPTH_MAX, decodeCbor, encodeCbor } from '../../src/cbor/strict.ts';
import type { CborValue } from '../../src/cbor/strict.ts';

const decodeHex = (hex: string) => decodeCbor(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')));

const anyValue = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
})).value;

describe('decodeCbor', () => {
  it('brings back what encodeCbor wrote', () => {
    fc.assert(fc.property(anyValue, (value) => {
      expect(decodeCbor(encodeCbor(value))).toEqual(value);
    }));
  });

  it('reads what other languages write: 8-byte integers, longer forms of small numbers', () => {
    expect(decodeHex('1b 00000001 00000000')).toBe(2 ** 32);
    expect(decodeHex('1a 00000005')).toBe(5);
    expect(decodeHex('3b 00000001 00000000')).toBe(-(2 ** 32) - 1);
  });

  it.each([
    ['nothing', ''],
    ['two values', '01 02'],
    ['a tag (records and classes come as tags)', 'd8 1b 82 65 5265674578 61 61'],
    ['an indefinite array', '9f 01 ff'],
    ['an indefinite text', '7f 61 61 ff'],
    ['undefined', 'f7'],
    ['an unassigned simple value', 'e0'],
    ['a half float', 'f9 3c00'],
    ['a map key that is no text', 'a1 01 02'],
    ['an array that announces more than there is', '9a ffffffff 01'],
    ['a map that announces more than there is', 'bb 00000000ffffffff 61 61 01'],
    ['bytes that announce more than there is', '5b 7fffffffffffffff 01'],
    ['a reserved length', '1c'],
    ['a cut head', '19 01'],
  ])('refuses %s', (_what, hex) => {
    expect(decodeHex(hex)).toBeUndefined();
  });

  it('refuses what nests too deep, long before the stack ends', () => {
    const nested = (depth: number) => Uint8Array.from([...new Array<number>(depth).fill(0x81), 0x01]);
    expect(decodeCbor(nested(CBOR_DEPTH_MAX))).toBeDefined();
    expect(decodeCbor(nested(CBOR_DEPTH_MAX + 1))).toBeUndefined();
    expect(decodeCbor(nested(50_000))).toBeUndefined();
  });

  it('gives plain byte arrays of their own', () => {
    const source = Buffer.from('43010203', 'hex');
    const value = decodeCbor(source);
    source.fill(0);
    expect(value).toEqual(Uint8Array.of(1, 2, 3));
    expect(Buffer.isBuffer(value)).toBe(false);
  });
});
