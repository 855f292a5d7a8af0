/** How the scripts quote an entry's data. */
import { describe, expect, it } from 'vitest';
import { quote } from '../../../src/cli/oracle/quote.ts';

const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('quote', () => {
  it.each([
    ['', '""'],
    ['foo bar', '"foo bar"'],
    ['a"b\\c', String.raw`"a\"b\\c"`],
    ['\x07\b\f\n\r\t\v', String.raw`"\a\b\f\n\r\t\v"`],
    ['\x00\x1f\x7f', String.raw`"\x00\x1f\x7f"`],
    ['ü€😀', '"ü€😀"'],
    ['\u0085\u00a0\u2028\ufeff', String.raw`"\u0085\u00a0\u2028\ufeff"`],
    ['\u{e0001}', String.raw`"\U000e0001"`],
    ['\ufffd', '"\ufffd"'],
  ])('%j as %s', (value, expected) => {
    expect(quote(utf8(value))).toBe(expected);
  });

  it('bytes that are no text one by one', () => {
    expect(quote(new Uint8Array([0x61, 0xff, 0x62]))).toBe(String.raw`"a\xffb"`);
    expect(quote(new Uint8Array([0xe2, 0x82]))).toBe(String.raw`"\xe2\x82"`);
    expect(quote(new Uint8Array([0xc0, 0x80, 0x80]))).toBe(String.raw`"\xc0\x80\x80"`);
    expect(quote(new Uint8Array([0xed, 0xa0, 0x80]))).toBe(String.raw`"\xed\xa0\x80"`);
  });
});
