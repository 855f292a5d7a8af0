/** What is kept of a simulated lab's branches, where its parts contradict each other. */
import { expect, test } from 'vitest';
import { DEFAULT_SIMULATION } from '../../../src/contract/time.ts';
import { contradictionIn, type LabRecord, newLabRecord } from '../../../src/sim/lab/labRecord.ts';
import { RAFTLAB_VARIANT } from '../../../src/trace/variant.ts';

type Branch = LabRecord['branches'][number];

const at = (step: number) => ({ step, atMicros: 1000 * step });
const crashAt = (step: number) => ({ ...at(step), action: { name: 'node:crash', input: { node: 'n1' } } as const });
const [first] = newLabRecord({
  nodeCount: 3, pace: 'class', variant: RAFTLAB_VARIANT, simulation: { seed: 1, ...DEFAULT_SIMULATION },
}).branches as [Branch];
const whole: Branch = { ...first, end: at(9), actions: [crashAt(3)] };
const second: Branch = { branch: 1, parent: 0, name: 'b', fork: at(5), end: at(8), actions: [crashAt(5), crashAt(6)] };

function problemOf(change: Partial<Branch>, shown: Partial<LabRecord['shown']> = {}, more: readonly Branch[] = []) {
  const branches = [whole, { ...second, ...change }, ...more];
  return contradictionIn({ branches, shown: { branch: 1, ...at(7), ...shown } })?.message ?? null;
}

test('branches that fit together have none', () => {
  expect(problemOf({})).toBeNull();
  const third = { ...second, branch: 2, parent: 1, fork: at(2), end: at(4), actions: [crashAt(2)] };
  expect(problemOf({}, {}, [third])).toBeNull();
});

test.each([
  ['a parent that is not there', { parent: 7 }, 'begins in one that is not there'],
  ['a second beginning', { parent: null }, 'begins in one that is not there'],
  ['the number of another', { branch: 0 }, 'branch 0 is there twice'],
  ['a beginning after the end of its parent', { fork: at(10), end: at(12), actions: [] }, 'begins where nothing was'],
  ['an action before its beginning', { actions: [crashAt(4)] }, 'out of order'],
  ['two actions in one step', { actions: [crashAt(5), crashAt(5)] }, 'out of order'],
  ['an action earlier in time', { actions: [{ ...crashAt(6), atMicros: 1 }] }, 'out of order'],
  ['an action at its end', { actions: [crashAt(8)] }, 'out of order'],
])('a branch with %s', (_, change, problem) => {
  expect(problemOf(change)).toContain(problem);
});

test('a moment that no branch has', () => {
  expect(problemOf({}, { branch: 4 })).toBe('there is no branch 4');
  expect(problemOf({}, at(9))).toContain('after the end');
});
