/** Proposals gather while a batch is under way, and no longer than they may. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GATHERING_MS_MAX, ProposalGathering } from '../../src/server/turn/proposalGathering.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('what is alone is proposed at once; what comes behind a batch, as soon as that is committed', () => {
  const gathering = new ProposalGathering(() => undefined);
  expect(gathering.isOver(false)).toBe(true);
  expect(gathering.isOver(true)).toBe(false);
  expect(gathering.isOver(true)).toBe(false);
  expect(gathering.isOver(false)).toBe(true);
});

test('behind a batch that is not committed it waits for a moment, and a turn is asked for at its end', () => {
  let turns = 0;
  const gathering = new ProposalGathering(() => {
    turns += 1;
  });
  expect(gathering.isOver(true)).toBe(false);
  vi.advanceTimersByTime(GATHERING_MS_MAX);
  expect(turns).toBe(1);
  expect(gathering.isOver(true)).toBe(true);
  expect(gathering.isOver(true)).toBe(false); // the next ones
});

test('nothing is asked of a node that has ended', () => {
  let turns = 0;
  const gathering = new ProposalGathering(() => {
    turns += 1;
  });
  gathering.isOver(true);
  gathering.close();
  vi.advanceTimersByTime(GATHERING_MS_MAX);
  expect(turns).toBe(0);
});
