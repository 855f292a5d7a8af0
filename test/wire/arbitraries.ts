/** Arbitrary Raft messages of every kind, as the core could send them. */
import fc from 'fast-check';
import type { Configuration, Entry, EntryType, Message } from '../../src/raft/types.ts';

const nodeId = fc.integer({ min: 1, max: 0xffff_ffff });
/** Mostly small, now and then beyond 32 bits. */
export const logNumber = fc.oneof(fc.nat({ max: 300 }), fc.nat(), fc.integer({ min: 2 ** 32, max: 2 ** 52 }));
const context = fc.uint8Array({ maxLength: 64 });
const bytes = fc.uint8Array({ maxLength: 300 });
const entryType = fc.constantFrom<EntryType>('command', 'no-op', 'configuration');
const members = fc.uniqueArray(nodeId, { maxLength: 9 }).map((ids) => ids.sort((a, b) => a - b));
const configuration: fc.Arbitrary<Configuration> = fc.record({
  voters: members, votersOutgoing: members, learners: members, learnersNext: members, autoLeave: fc.boolean(),
});
const envelope = { from: nodeId, to: nodeId, term: logNumber.map((term) => term + 1) };
const envelopeOfAnyTerm = { ...envelope, term: logNumber };

const appendEntries: fc.Arbitrary<Message> = fc
  .record({
    from: nodeId, to: nodeId,
    prevLogIndex: logNumber, prevLogTerm: logNumber, leaderCommit: logNumber,
    rows: fc.array(fc.record({ termStep: fc.nat({ max: 2 }), type: entryType, data: bytes }), { maxLength: 12 }),
    termAhead: fc.nat({ max: 3 }),
  })
  .map(({ from, to, prevLogIndex, prevLogTerm, leaderCommit, rows, termAhead }) => {
    let term = Math.max(1, prevLogTerm);
    const entries: Entry[] = rows.map(({ termStep, type, data }, at) => {
      term += termStep;
      return { term, index: prevLogIndex + 1 + at, type, data };
    });
    const head = { type: 'AppendEntries' as const, from, to, term: term + termAhead };
    return { ...head, prevLogIndex, prevLogTerm, leaderCommit, entries };
  });

/** One arbitrary for each message type, so that a test can tell that none was left out. */
export const messagesByType: Record<Message['type'], fc.Arbitrary<Message>> = {
  AppendEntries: appendEntries,
  AppendEntriesResponse: fc.oneof(
    fc.record({
      type: fc.constant('AppendEntriesResponse'), ...envelope, rejected: fc.constant(false), matchIndex: logNumber,
    }),
    fc.record({
      type: fc.constant('AppendEntriesResponse'), ...envelope,
      rejected: fc.constant(true), prevLogIndex: logNumber, hintIndex: logNumber, hintTerm: logNumber,
    }),
  ),
  RequestVote: fc.record({
    type: fc.constant('RequestVote'), ...envelope,
    lastLogIndex: logNumber, lastLogTerm: logNumber, leadershipTransfer: fc.boolean(),
  }),
  PreVote: fc.record({
    type: fc.constant('PreVote'), ...envelope,
    lastLogIndex: logNumber, lastLogTerm: logNumber, leadershipTransfer: fc.boolean(),
  }),
  RequestVoteResponse: fc.record({
    type: fc.constant('RequestVoteResponse'), ...envelope,
    voteGranted: fc.boolean(), commitIndex: logNumber, commitTerm: logNumber,
  }),
  PreVoteResponse: fc.record({
    type: fc.constant('PreVoteResponse'), ...envelope,
    voteGranted: fc.boolean(), commitIndex: logNumber, commitTerm: logNumber,
  }),
  Heartbeat: fc.record({ type: fc.constant('Heartbeat'), ...envelope, leaderCommit: logNumber, context }),
  HeartbeatResponse: fc.record(
    { type: fc.constant('HeartbeatResponse'), ...envelope, context, promisedMs: fc.integer({ min: 1, max: 60_000 }) },
    { requiredKeys: ['type', 'from', 'to', 'term', 'context'] },
  ),
  InstallSnapshot: fc.record({
    type: fc.constant('InstallSnapshot'), ...envelope,
    snapshot: fc.record({
      lastIncludedIndex: logNumber.map((index) => index + 1),
      lastIncludedTerm: logNumber.map((term) => term + 1),
      configuration,
      data: bytes,
    }),
  }),
  TimeoutNow: fc.record({ type: fc.constant('TimeoutNow'), ...envelope }),
  ForwardedProposal: fc.record({
    type: fc.constant('ForwardedProposal'), ...envelopeOfAnyTerm,
    entries: fc.array(
      fc.record({ term: fc.constant(0), index: fc.constant(0), type: entryType, data: bytes }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
  ReadIndex: fc.record({ type: fc.constant('ReadIndex'), ...envelopeOfAnyTerm, context, needsRound: fc.boolean() }),
  ReadIndexResponse: fc.record({
    type: fc.constant('ReadIndexResponse'), ...envelope, readIndex: logNumber, context,
    confirmedBy: fc.constantFrom('round' as const, 'lease' as const, 'sole-voter' as const),
  }),
  TransferLeadership: fc.record({ type: fc.constant('TransferLeadership'), ...envelopeOfAnyTerm, transferee: nodeId }),
};

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(...Object.values(messagesByType));
