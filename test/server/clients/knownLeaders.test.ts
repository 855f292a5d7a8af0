/** Who leads, and who led in earlier terms. */
import { expect, test } from 'vitest';
import { KnownLeaders } from '../../../src/server/clients/knownLeaders.ts';
import { NONE } from '../../../src/raft/index.ts';

test('the leader of a term is remembered when another leads, and when none is known', () => {
  const leaders = new KnownLeaders();
  expect([leaders.leader, leaders.term, leaders.of(0)]).toEqual([NONE, 0, NONE]);
  leaders.note(1, 3);
  leaders.note(NONE, 4);
  expect([leaders.leader, leaders.term, leaders.of(3), leaders.of(4)]).toEqual([NONE, 4, 1, NONE]);
  leaders.note(2, 5);
  expect([leaders.leader, leaders.term, leaders.of(3), leaders.of(5)]).toEqual([2, 5, 1, 2]);
  expect(leaders.of(4), 'of a term without a known leader, the present one').toBe(2);
});

test('the leaders of the latest 32 terms that had one are remembered', () => {
  const leaders = new KnownLeaders();
  for (let term = 1; term <= 33; term += 1) {
    leaders.note(term === 33 ? 9 : 2, term);
  }
  expect(leaders.of(2)).toBe(2);
  expect(leaders.of(1), 'forgotten: the present one').toBe(9);
});
