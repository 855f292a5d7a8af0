/** The ordered keys: like a sorted list, over many blocks that fill and empty. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesOfText, textOfBytes } from '../../src/kv/bytes.ts';
import { OrderedKeys } from '../../src/kv/orderedKeys.ts';

const name = (number: number): string => `key ${String(number).padStart(4, '0')}`;

it('stay in order while whole blocks fill, empty and fill again', () => {
  const keys = new OrderedKeys();
  const present = new Set<string>();
  const add = (number: number): void => {
    keys.add(name(number));
    present.add(name(number));
  };
  const remove = (number: number): void => {
    keys.delete(name(number));
    present.delete(name(number));
  };
  const check = (): void => {
    expect([...keys.withPrefix('')]).toEqual([...present].sort());
    expect(keys.copy().every((block) => block.length > 0), 'no block is empty').toBe(true);
    expect(keys.copy().flat()).toEqual([...present].sort());
    for (const prefix of ['key 00', 'key 12', 'key 2', 'key 2999', 'key 3', 'a', 'z']) {
      const expected = [...present].filter((key) => key.startsWith(prefix)).sort();
      expect([...keys.withPrefix(prefix)], prefix).toEqual(expected);
      for (const after of ['key 0007', 'key 1200', 'key 2', 'key 2998']) {
        expect([...keys.withPrefix(prefix, after)], `${prefix} after ${after}`)
          .toEqual(expected.filter((key) => key > after));
      }
    }
  };
  for (let number = 0; number < 3000; number += 1) add(number);
  check();
  for (let number = 700; number < 2400; number += 1) remove(number);
  check();
  for (let number = 2399; number >= 700; number -= 3) add(number);
  check();
  for (const key of [...present].sort()) {
    keys.delete(key);
    present.delete(key);
  }
  check();
  add(1);
  check();
});

it('hold each key once', () => {
  const keys = new OrderedKeys();
  keys.add('a');
  expect(() => keys.add('a')).toThrow('key "a" is added to the ordered keys twice');
  expect(() => keys.delete('b')).toThrow('key "b" is not among the ordered keys');
});

it('are ordered and found by their bytes, whole characters and pieces of them alike', () => {
  const piece = fc.constantFrom(
    'a', 'é', '€', '\uffff', '😀', '\udce2', '\udce2\udc82', '\udcf0\udc9f', '\udcc3', '\udcff',
  );
  const bytesOf = (text: string): Buffer => Buffer.from(bytesOfText(text));
  const anyBytes = fc.array(piece, { maxLength: 4 }).map((pieces) => Buffer.concat(pieces.map(bytesOf)));
  fc.assert(fc.property(fc.array(anyBytes, { maxLength: 12 }), anyBytes, fc.nat({ max: 8 }), (all, some, length) => {
    const keys = new OrderedKeys();
    for (const key of new Set(all.map((bytes) => textOfBytes(bytes)))) keys.add(key);
    const ascending = keys.copy().flat().map(bytesOf);
    expect(ascending).toEqual(ascending.toSorted((a, b) => a.compare(b)));
    for (const prefix of [some, ...all].map((bytes) => bytes.subarray(0, length))) {
      const found = [...keys.withPrefix(textOfBytes(prefix))].map(bytesOf);
      expect(found).toEqual(ascending.filter((key) => key.subarray(0, prefix.length).equals(prefix)));
    }
  }), { numRuns: 500 });
});
