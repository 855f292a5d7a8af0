/** When what may be lost is tried again. */
import { expect, test } from 'vitest';
import { Tries } from '../../../src/server/clients/retry.ts';
import { NONE } from '../../../src/raft/index.ts';
import { leaderIs } from './support.ts';

/** At which ticks one tries when each try is lost, up to `endTick`. */
function triedAt(tries: Tries, endTick: number): number[] {
  const leaders = leaderIs(1);
  const ticks: number[] = [];
  for (let tick = 0; tick <= endTick; tick += 1) {
    if (tries.isDue(leaders, tick)) {
      tries.note(leaders, tick);
      ticks.push(tick);
    }
  }
  return ticks;
}

test('each patience is twice as long as the one before, up to 80 ticks', () => {
  const tries = new Tries();
  expect(triedAt(tries, 320)).toEqual([0, 10, 30, 70, 150, 230, 310]);
  expect(tries.count).toBe(7);
});

test('what is large is waited for longer, a tick for each 32 KiB', () => {
  expect(triedAt(new Tries(32 * 1024 - 1), 10)).toEqual([0, 10]);
  expect(triedAt(new Tries(3 * 32 * 1024), 40)).toEqual([0, 13, 36]);
});

test('another leader, and the same one in another term, is tried at once', () => {
  const tries = new Tries();
  expect(tries.leader).toBe(NONE);
  tries.note(leaderIs(1, 4), 0);
  expect(tries.leader).toBe(1);
  expect(tries.isDue(leaderIs(1, 4), 1)).toBe(false);
  expect(tries.isDue(leaderIs(2, 4), 1)).toBe(true);
  expect(tries.isDue(leaderIs(1, 5), 1)).toBe(true);
});

test('a try that is taken back counts for nothing, and the next one is due at once', () => {
  const tries = new Tries();
  tries.note(leaderIs(1), 0);
  tries.note(leaderIs(1), 10);
  tries.takeBack();
  expect([tries.count, tries.leader]).toEqual([1, NONE]);
  expect(tries.isDue(leaderIs(1), 11)).toBe(true);
});
