/** The ordered keys: like a sorted list, over many blocks that fill and empty. */
import { expect, it } from 'vitest';
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
