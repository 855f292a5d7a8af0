/** Marks that stand for values: equal where the values are, short, and never half a character. */
import { expect, test } from 'vitest';
import { markedResult, VALUE_MARK_MAX, valueMark } from '../../src/trace/operations.ts';

test('a short value is its own mark, and long ones that differ anywhere have different marks', () => {
  const short = 'x'.repeat(VALUE_MARK_MAX);
  const long = 'x'.repeat(10_000);
  const values = [short, `${short}x`, long, `${long.slice(1)}y`, `y${long.slice(1)}`, `${long}x`];
  const marks = values.map(valueMark);
  expect(marks[0]).toBe(short);
  expect(new Set(marks).size).toBe(values.length);
  expect(valueMark(long)).toBe(valueMark('x'.repeat(10_000)));
  expect(Math.max(...marks.map(({ length }) => length))).toBeLessThan(200);
});

test('no mark ends in half a character', () => {
  const mark = valueMark(`${'x'.repeat(VALUE_MARK_MAX - 1)}${'😀'.repeat(3)}`);
  expect(mark.isWellFormed()).toBe(true);
});

test('what a list found is marked value by value', () => {
  const entries = [{ key: 'a', value: '1' }, { key: 'b', value: 'z'.repeat(500) }];
  expect(markedResult({ type: 'list', entries, truncated: false })).toMatchObject({
    entries: [{ key: 'a', value: '1' }, { key: 'b', value: valueMark('z'.repeat(500)) }],
  });
});
