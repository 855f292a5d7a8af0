/** Majorities, alone and joint, against deliberately dumb alternatives over many random cases. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allVoters,
  committedIndex,
  jointCommittedIndex,
  jointVoteResult,
  majorityOf,
  type VoteResult,
  voteResult,
} from '../../src/raft/quorum.ts';

const RUNS = { numRuns: 20_000 };

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 9 });
const indexes = fc.dictionary(fc.integer({ min: 1, max: 12 }).map(String), fc.integer({ min: 0, max: 20 }));
const votes = fc.dictionary(fc.integer({ min: 1, max: 12 }).map(String), fc.boolean());

type Indexes = Readonly<Record<string, number>>;

/** Tries every index and counts on fingers: the largest that more than half have reached. */
function dumbCommittedIndex(voters: readonly number[], reached: Indexes): number {
  if (voters.length === 0) {
    return Infinity;
  }
  let best = 0;
  for (let index = 0; index <= 20; index++) {
    let count = 0;
    for (const id of voters) {
      if ((reached[id] ?? 0) >= index) {
        count++;
      }
    }
    if (count * 2 > voters.length) {
      best = index;
    }
  }
  return best;
}

/** Imagines every way in which the missing votes could come in. */
function dumbVoteResult(voters: readonly number[], cast: Readonly<Record<string, boolean>>): VoteResult {
  const missing = voters.filter((id) => cast[id] === undefined);
  const outcomes = new Set<boolean>();
  for (let granted = 0; granted <= missing.length; granted++) {
    const yes = voters.filter((id) => cast[id] === true).length + granted;
    outcomes.add(voters.length === 0 || yes * 2 > voters.length);
  }
  if (outcomes.size === 2) {
    return 'pending';
  }
  return outcomes.has(true) ? 'won' : 'lost';
}

const asMap = (cast: Readonly<Record<string, boolean>>): Map<number, boolean> =>
  new Map(Object.entries(cast).map(([id, vote]) => [Number(id), vote]));

describe('majorities', () => {
  it('two majorities of the same servers always share one', () => {
    for (let size = 1; size <= 15; size++) {
      expect(2 * majorityOf(size)).toBeGreaterThan(size);
      expect(2 * (majorityOf(size) - 1)).toBeLessThanOrEqual(size);
    }
  });

  it('the committed index is the same as counted on fingers', () => {
    fc.assert(
      fc.property(ids, indexes, (voters, reached) => {
        return committedIndex(voters, (id) => reached[id]) === dumbCommittedIndex(voters, reached);
      }),
      RUNS,
    );
  });

  it('a joint configuration commits what both halves do', () => {
    fc.assert(
      fc.property(ids, ids, indexes, (voters, votersOutgoing, reached) => {
        const get = (id: number): number | undefined => reached[id];
        const both = jointCommittedIndex({ voters, votersOutgoing }, get);
        const swapped = jointCommittedIndex({ voters: votersOutgoing, votersOutgoing: voters }, get);
        const dumb = Math.min(dumbCommittedIndex(voters, reached), dumbCommittedIndex(votersOutgoing, reached));
        return both === dumb && swapped === dumb;
      }),
      RUNS,
    );
  });

  it('an election is decided exactly when no missing vote could change it', () => {
    fc.assert(
      fc.property(ids, votes, (voters, cast) => {
        return voteResult(voters, asMap(cast)) === dumbVoteResult(voters, cast);
      }),
      RUNS,
    );
  });

  it('a joint election is won in both halves, lost in either', () => {
    fc.assert(
      fc.property(ids, ids, votes, (voters, votersOutgoing, cast) => {
        const halves = [dumbVoteResult(voters, cast), dumbVoteResult(votersOutgoing, cast)];
        const expected = halves.includes('lost') ? 'lost' : halves.includes('pending') ? 'pending' : 'won';
        return jointVoteResult({ voters, votersOutgoing }, asMap(cast)) === expected;
      }),
      RUNS,
    );
  });

  it('a vote that is won was granted by a majority, so no two candidates win', () => {
    fc.assert(
      fc.property(ids, votes, (voters, cast) => {
        const opposite = Object.fromEntries(Object.entries(cast).map(([id, vote]) => [id, !vote]));
        fc.pre(voters.length > 0);
        return voteResult(voters, asMap(cast)) !== 'won' || voteResult(voters, asMap(opposite)) !== 'won';
      }),
      RUNS,
    );
  });

  it('names the voters of both halves once, ascending', () => {
    expect(allVoters({ voters: [3, 1], votersOutgoing: [2, 3] })).toEqual([1, 2, 3]);
  });
});
