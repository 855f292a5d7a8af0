/** Join codes: what is read as one, and that typos are told. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { doorKeyOf, newCode, parseCode } from '../../../src/lab/lan/codes.ts';

test('a new code is read back however it is typed', () => {
  for (let round = 0; round < 200; round += 1) {
    const code = newCode();
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{5}$/);
    expect(parseCode(code)).toBe(code);
    expect(parseCode(code.toLowerCase().replaceAll('-', ' '))).toBe(code);
    expect(parseCode(code.replaceAll('-', '').replaceAll('0', 'o').replaceAll('1', 'l'))).toBe(code);
  }
});

test('one wrong character, and neighbours in the wrong order, are told', () => {
  const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const code = newCode().replaceAll('-', '');
  for (let position = 0; position < code.length; position += 1) {
    for (const letter of letters) {
      const typed = code.slice(0, position) + letter + code.slice(position + 1);
      expect(parseCode(typed)?.replaceAll('-', ''), typed).toBe(typed === code ? code : undefined);
    }
  }
  for (let position = 0; position < 11; position += 1) {
    const [a = '', b = ''] = code.slice(position, position + 2);
    // A swap of two that are 16 apart in the alphabet is the one that this check cannot see.
    if (Math.abs(letters.indexOf(a) - letters.indexOf(b)) !== 16 && a !== b) {
      expect(parseCode(code.slice(0, position) + b + a + code.slice(position + 2))).toBeUndefined();
    }
  }
});

test('what is no code is none', () => {
  fc.assert(fc.property(fc.string({ maxLength: 12 }), (text) => parseCode(text) === undefined));
  expect(parseCode('')).toBeUndefined();
});

test('another code is another key', async () => {
  const code = newCode();
  const key = await doorKeyOf(code);
  expect(key).toHaveLength(32);
  expect(await doorKeyOf(code)).toEqual(key);
  expect(await doorKeyOf(newCode())).not.toEqual(key);
});
