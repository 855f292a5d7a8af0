/** Join codes: they survive being read aloud and typed, and every simple mistake is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doorPasswordOf, joinKeysOf, newJoinCode, readJoinCode } from '../../src/wire/crypto.ts';
import type { JoinCodeProblem } from '../../src/wire/crypto.ts';

const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const random = fc.uint8Array({ minLength: 9, maxLength: 9 });
const EXAMPLE = newJoinCode(Uint8Array.from({ length: 9 }, (_, at) => at * 29 + 7));

function problemOf(text: string): JoinCodeProblem | 'none' {
  const reading = readJoinCode(text);
  return reading.ok ? 'none' : reading.problem;
}

describe('a join code', () => {
  it('is three groups of five characters that are not mistaken for each other', () => {
    fc.assert(fc.property(random, (bytes) => {
      expect(newJoinCode(bytes)).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
    }));
  });

  it('holds 65 bits of what it is made from', () => {
    const codes = new Set<string>();
    for (let bit = 0; bit < 72; bit += 1) {
      const bytes = new Uint8Array(9);
      bytes[bit >>> 3] = 1 << (bit & 7);
      codes.add(newJoinCode(bytes));
    }
    // 65 different ones, and 7 bits of the first byte that are not used.
    expect(codes.size).toBe(66);
    expect(newJoinCode(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0)), 'the highest of the 65').toMatch(/^G0000-00000-000/);
    expect(newJoinCode(Uint8Array.of(0xfe, 0, 0, 0, 0, 0, 0, 0, 0))).toBe('00000-00000-00000');
    expect(() => newJoinCode(new Uint8Array(8))).toThrow(RangeError);
  });

  it('is read however it is typed', () => {
    fc.assert(fc.property(random, fc.constantFrom('', ' ', '-', ' – ', '.'), fc.boolean(), (bytes, between, lower) => {
      const code = newJoinCode(bytes);
      const typed = code.split('-').join(between).replaceAll('0', 'o').replaceAll('1', 'l');
      expect(readJoinCode(` ${lower ? typed.toLowerCase() : typed}\n`)).toEqual({ ok: true, code });
    }));
  });

  it('is read with as much between its characters as a text of 100 holds, and not beyond', () => {
    const spread = (gap: number) => Array.from(EXAMPLE.replaceAll('-', '')).join(' '.repeat(gap));
    expect([problemOf(spread(6)), problemOf(spread(7))]).toEqual(['none', 'too-short']);
  });

  it('tells every single wrong character, and any two that changed places', () => {
    const symbols = EXAMPLE.replaceAll('-', '');
    for (let at = 0; at < symbols.length; at += 1) {
      for (const wrong of SYMBOLS) {
        const typed = symbols.slice(0, at) + wrong + symbols.slice(at + 1);
        expect(problemOf(typed)).toBe(typed === symbols ? 'none' : 'typo');
      }
    }
    fc.assert(fc.property(random, fc.nat({ max: 12 }), fc.nat({ max: 12 }), (bytes, one, other) => {
      const letters = Array.from(newJoinCode(bytes).replaceAll('-', ''));
      const [a = '', b = ''] = [letters[one], letters[other]];
      letters[one] = b;
      letters[other] = a;
      expect(problemOf(letters.join(''))).toBe(a === b ? 'none' : 'typo');
    }), { numRuns: 2000 });
  });

  it('tells in words what is wrong', () => {
    expect(problemOf('')).toBe('too-short');
    expect(problemOf(EXAMPLE.slice(0, -1))).toBe('too-short');
    expect(problemOf(`${EXAMPLE}0`)).toBe('too-long');
    expect(problemOf('A'.repeat(10_000))).toBe('too-long');
    expect(readJoinCode(`${EXAMPLE.slice(0, -1)}Ü`)).toEqual({
      ok: false, problem: 'unknown-character', message: 'A join code has no "Ü": only digits and letters.',
    });
    expect(readJoinCode('AAAAA-AAAAA')).toMatchObject({
      message: 'A join code has 15 characters; these are 10.',
    });
  });

  it('is not found in other texts, and none makes it throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      readJoinCode(text);
    }), { numRuns: 2000 });
  });
});

describe('the keys of a code', () => {
  it('are the same however it was typed, different for each purpose and each code', async () => {
    const { doorKey, datagramSecret } = await joinKeysOf(EXAMPLE);
    expect([doorKey.length, datagramSecret.length]).toEqual([32, 32]);
    expect(doorKey).not.toEqual(datagramSecret);
    expect(await joinKeysOf(EXAMPLE.toLowerCase().replaceAll('-', ' '))).toEqual({ doorKey, datagramSecret });
    const other = await joinKeysOf(newJoinCode(new Uint8Array(9)));
    expect(other.doorKey).not.toEqual(doorKey);
    expect(other.datagramSecret).not.toEqual(datagramSecret);
  });

  it('are those that the documents say', async () => {
    const keys = await joinKeysOf('00000-00000-00000');
    expect(Buffer.from(keys.doorKey).toString('hex'))
      .toBe('c2546e7e0de352ecb6abbef74cabe12ed567f4899454af77dc0325c87567f54b');
    expect(Buffer.from(keys.datagramSecret).toString('hex'))
      .toBe('e4b5b9081b180fe0ae6a8b9163cacaff71f74e230214c992c79a6980b436dd90');
    expect(doorPasswordOf(keys.doorKey)).toBe('gmfensw804mma89e0kke');
  });

  it('are not made from what is no code', async () => {
    await expect(joinKeysOf('00000-00000-00001')).rejects.toThrow(RangeError);
  });
});
