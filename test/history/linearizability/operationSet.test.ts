/** A set of operation numbers: what is in it, and a hash that follows from that alone. */
import { expect, it } from 'vitest';
import { OperationSet } from '../../../src/history/linearizability/operationSet.ts';

const setOf = (...operations: readonly number[]): OperationSet => {
  const set = new OperationSet(70);
  for (const operation of operations) set.toggle(operation);
  return set;
};

it('tells all numbers apart, in every word', () => {
  const sets = Array.from({ length: 70 }, (_, operation) => setOf(operation));
  for (const [at, set] of sets.entries()) {
    expect(sets.filter((other) => set.equals(other.snapshot()))).toEqual([set]);
    expect(new Set(sets.map(({ hash }) => hash)).size, `${at}`).toBe(70);
  }
});

it('is the same whatever the order, and as before when a number is taken out again', () => {
  const [one, other] = [setOf(3, 40, 69), setOf(69, 3, 40)];
  expect([one.hash, one.equals(other.snapshot())]).toEqual([other.hash, true]);
  const before = one.snapshot();
  one.toggle(64);
  expect([one.hash === other.hash, one.equals(before)]).toEqual([false, false]);
  one.toggle(64);
  expect([one.hash === other.hash, one.equals(before)]).toEqual([true, true]);
  expect(() => one.toggle(96)).toThrow('operation 96 is outside a set of 96');
});
