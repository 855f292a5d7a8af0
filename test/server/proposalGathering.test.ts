/** Proposals gather while a batch is under way, and no longer than they may. */
import { expect, test } from 'vitest';
import { GATHERING_MS_MAX, ProposalGathering } from '../../src/server/turn/proposalGathering.ts';
import { TestClock } from './support.ts';

function setUp() {
  const clock = new TestClock();
  const said: string[] = [];
  return { clock, said, gathering: new ProposalGathering(clock, { schedule: () => void said.push('turn') }) };
}

test('what is alone is proposed at once; what comes behind a batch, as soon as that is committed', () => {
  const { gathering } = setUp();
  expect(gathering.isOver(false)).toBe(true);
  expect(gathering.isOver(true)).toBe(false);
  expect(gathering.isOver(true)).toBe(false);
  expect(gathering.isOver(false)).toBe(true);
});

test('behind a batch that is not committed it waits for a moment, and a turn is asked for at its end', () => {
  const { clock, said, gathering } = setUp();
  expect(gathering.isOver(true)).toBe(false);
  clock.advance(GATHERING_MS_MAX);
  expect(said).toEqual(['turn']);
  expect(gathering.isOver(true)).toBe(true);
  expect(gathering.isOver(true)).toBe(false); // the next ones
});

test('nothing is asked of a node that has ended', () => {
  const { clock, said, gathering } = setUp();
  gathering.isOver(true);
  gathering.close();
  clock.advance(GATHERING_MS_MAX);
  expect(said).toEqual([]);
});
