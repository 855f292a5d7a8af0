/** What the scripts expect otherwise than the core does it, and what is therefore done around the core. */
import { expect, test } from 'vitest';
import { asHeard } from '../../../src/cli/oracle/dialect.ts';
import { configurationOf, type InstallSnapshot, type Message } from '../../../src/raft/index.ts';

const HEARER = { id: 3, term: 5, checkQuorum: false, preVote: false };

test('answers to vote requests bring no news', () => {
  const answer = { type: 'RequestVoteResponse', from: 1, to: 3, term: 5, voteGranted: false } as const;
  const heard = asHeard({ ...answer, commitIndex: 7, commitTerm: 4 }, HEARER);
  expect(heard).toMatchObject({ commitIndex: 0, commitTerm: 0 });
});

test('a snapshot covers nothing for a node that it does not name, not even as one that will be a learner', () => {
  const install = (named: object): InstallSnapshot => ({
    type: 'InstallSnapshot',
    from: 1,
    to: 3,
    term: 5,
    snapshot: {
      lastIncludedIndex: 9,
      lastIncludedTerm: 2,
      configuration: { ...configurationOf([1, 2]), ...named },
      data: new Uint8Array(),
    },
  });
  expect(asHeard(install({}), HEARER)).toMatchObject({ snapshot: { lastIncludedIndex: 0, lastIncludedTerm: 0 } });
  for (const named of [{ learners: [3] }, { voters: [1, 3] }, { votersOutgoing: [2, 3], learnersNext: [3] }]) {
    expect(asHeard(install(named), HEARER)).toEqual(install(named));
  }
});

test('messages of older terms are ignored, but for pre-votes and where a quorum is checked', () => {
  const envelope = { from: 1, to: 3, term: 4 } as const;
  const heartbeat: Message = { type: 'Heartbeat', ...envelope, leaderCommit: 0, context: new Uint8Array() };
  const vote = { ...envelope, lastLogIndex: 0, lastLogTerm: 0, leadershipTransfer: false } as const;
  expect(asHeard(heartbeat, HEARER)).toBeUndefined();
  expect(asHeard(heartbeat, { ...HEARER, checkQuorum: true })).toBe(heartbeat);
  expect(asHeard(heartbeat, { ...HEARER, preVote: true })).toBe(heartbeat);
  expect(asHeard(heartbeat, { ...HEARER, term: 4 })).toBe(heartbeat);
  expect(asHeard({ type: 'RequestVote', ...vote }, { ...HEARER, checkQuorum: true })).toBeUndefined();
  expect(asHeard({ type: 'PreVote', ...vote }, HEARER)).toBeDefined();
});
