/** The fold of one node's events: what begins with a role, a start or a transfer ends with it. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/raft/types.ts';
import type { TraceBody } from '../../src/trace/events.ts';
import { entries, LAB_OPENED, started, Trace } from './events.ts';

let trace: Trace;
beforeEach(() => {
  trace = new Trace();
});

const configurationOf = (some: Partial<Configuration>): Configuration =>
  ({ voters: [1, 2, 3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false, ...some });
const leads = (id: number, term: number) => ({
  type: 'roleChanged', role: 'leader', previousRole: 'candidate', term, leader: id,
  votes: [], voterCount: 3, reason: '',
} as const satisfies TraceBody);
const follows = (leader: number, term: number): TraceBody => ({
  type: 'roleChanged', role: 'follower', previousRole: 'leader', term, leader,
  votes: [], voterCount: 3, reason: '',
});
const progressOf = (id: number) => ({
  id, state: 'replicate', matchIndex: 1, nextIndex: 2, isLearner: false, recentActive: true, silent: false,
  inflightMessages: 0, inflightFull: false, pendingSnapshot: 0, paused: false,
} as const);
const snapshot = { lastIncludedIndex: 20, lastIncludedTerm: 2, bytes: 900 };
const sending = (to: number, state: (TraceBody & { type: 'snapshotSending' })['state']): TraceBody =>
  ({ type: 'snapshotSending', to, ...snapshot, acknowledgedBytes: 300, state });
const receiving = (state: (TraceBody & { type: 'snapshotReceiving' })['state']): TraceBody =>
  ({ type: 'snapshotReceiving', from: 1, ...snapshot, receivedBytes: 300, state });

describe('an earlier incarnation', () => {
  it('says nothing more of the node, whatever it still has to say', () => {
    trace.add(2, { type: 'nodeWiped', incarnation: 2 });
    trace.add(1002, started(1002));
    const before = structuredClone(trace.node('n2'));
    const late: TraceBody[] = [
      started(2, { lastIndex: 7 }), { type: 'nodeWiped', incarnation: 2 },
      { type: 'nodeStopped' }, { type: 'nodeCrashed' }, { type: 'termChanged', term: 9, previousTerm: 8 },
      leads(2, 9), { type: 'applied', index: 7, term: 9, text: 'incr k' },
      { type: 'commitAdvanced', commitIndex: 8, previousCommitIndex: 7 },
      { type: 'entriesAppended', entries: entries(9, 8), truncatedFrom: undefined },
    ];
    for (const body of late) trace.add(2, body);
    expect(trace.node('n2')).toEqual(before);
    trace.add(1002, { type: 'nodeCrashed' });
    expect(trace.node('n2').life).toBe('crashed');
  });

  it('is not taken for a later one that has not been announced', () => {
    trace.add(1002, { type: 'applied', index: 7, term: 1, text: 'incr k' });
    expect(trace.node('n2').lastApplied).toBe(7);
  });
});

describe('members', () => {
  it('of either half of a joint configuration, and learners, keep their progress; others lose it', () => {
    trace.add(1, leads(1, 2));
    for (const id of [2, 3, 4, 5, 6]) trace.add(1, { type: 'progressChanged', progress: progressOf(id) });
    const joint = configurationOf({ voters: [1, 2], votersOutgoing: [1, 3], learners: [4] });
    trace.add(1, { type: 'configurationChanged', configuration: joint });
    expect(Object.keys(trace.node('n1').progress)).toEqual(['2', '3', '4']);
    expect(trace.node('n1').configuration).toEqual(joint);
    trace.add(1, { type: 'configurationChanged', configuration: configurationOf({ voters: [1, 2] }) });
    expect(Object.keys(trace.node('n1').progress)).toEqual(['2']);
    trace.add(1, follows(2, 3));
    expect(trace.node('n1').progress).toEqual({});
  });

  it('a change goes on over a restart, and ends with its last step', () => {
    for (const step of ['demoted', 'removed'] as const) {
      trace.add(2, { type: 'nodeLeaving', step: 'demoting', detail: 'n2 becomes a learner' });
      trace.add(2, started(2));
      expect(trace.node('n2').change).toEqual({ step: 'demoting', detail: 'n2 becomes a learner' });
      trace.add(2, { type: 'nodeLeaving', step, detail: '' });
      expect(trace.node('n2').change).toBeNull();
    }
  });
});

describe('a start', () => {
  it('keeps the configuration, which is told only when it changes, and forgets the rest', () => {
    trace.add(1, started(1));
    trace.add(1, { type: 'configurationChanged', configuration: configurationOf({}) });
    trace.add(1, leads(1, 2));
    trace.add(1, sending(2, 'underway'));
    trace.add(1, started(1, { boot: 2 }));
    expect(trace.node('n1').configuration).toEqual(configurationOf({}));
    expect(trace.node('n1')).toMatchObject({ role: 'follower', leader: 0, boot: 2 });
    expect(trace.node('n1').sendingSnapshots).toEqual({});
  });

  it('of a node that was out of sight is told with all that it has now', () => {
    trace.add(1, leads(1, 2));
    trace.add(1, { type: 'electionTimerStarted', timeoutMs: 100 });
    trace.add(1, { type: 'nodeAway', machine: 'desk 3' });
    expect(trace.node('n1')).toMatchObject({
      life: 'away', role: 'follower', leader: 0, electionTimer: null, failure: { code: 'machine-away' },
    });
    trace.add(1, {
      type: 'nodeRestated', address: '10.0.0.2', port: 4000, threadId: 1, databasePath: '', boot: 2, firstIndex: 1,
      hardState: { currentTerm: 5, votedFor: 3, commitIndex: 8 }, lastIndex: 9, tail: entries(5, 9), role: 'leader',
      leader: 1, lastApplied: 7, configuration: configurationOf({ learners: [4] }), progress: [progressOf(2)],
    });
    expect(trace.node('n1')).toMatchObject({
      life: 'running', failure: null, role: 'leader', leader: 1, term: 5, votedFor: 3, commitIndex: 8, lastApplied: 7,
      lastIndex: 9, port: 4000, configuration: { learners: [4] },
    });
    expect(trace.node('n1').progress).toEqual({ 2: progressOf(2) });
  });
});

describe('an end', () => {
  it('of any kind leaves nothing of a leader and of what was under way', () => {
    const ends: [TraceBody, string][] = [
      [{ type: 'nodeStopped' }, 'stopped'], [{ type: 'nodeCrashed' }, 'crashed'],
      [{ type: 'nodeAway', machine: 'desk 3' }, 'away'], [{ type: 'nodeFailed', code: 'c', message: 'm' }, 'failed'],
    ];
    for (const [end, life] of ends) {
      trace.add(1, started(1));
      trace.add(1, { type: 'electionTimerStarted', timeoutMs: 100 });
      trace.add(1, leads(1, 2));
      trace.add(1, { type: 'progressChanged', progress: progressOf(2) });
      trace.add(1, { type: 'leadershipTransferStarted', transferee: 2 });
      trace.add(1, sending(2, 'underway'));
      trace.add(1, receiving('underway'));
      trace.add(1, end);
      const { progress, sendingSnapshots, receivingSnapshot, votes, ...node } = trace.node('n1');
      expect(node).toMatchObject({ life, role: 'follower', leader: 0, transferee: 0, electionTimer: null, term: 2 });
      expect([progress, sendingSnapshots, receivingSnapshot, votes], life).toEqual([{}, {}, null, {}]);
    }
  });

  it('of the lab is one of every node that ran, was paused or came up', () => {
    trace.add(0, { ...LAB_OPENED, nodes: ['n1', 'n2', 'n3', 'n4', 'n5'] } as TraceBody);
    trace.add(1, started(1));
    trace.add(1, { type: 'electionTimerStarted', timeoutMs: 100 });
    trace.add(2, { type: 'nodePaused' });
    trace.add(3, { type: 'nodeAway', machine: 'desk 3' });
    trace.add(4, { type: 'nodeFailed', code: 'c', message: 'm' });
    trace.add(0, { type: 'labClosed' });
    expect(Object.values(trace.view.nodes).map(({ life }) => life))
      .toEqual(['stopped', 'stopped', 'away', 'failed', 'stopped']);
    expect(trace.node('n1').electionTimer).toBeNull();
  });
});

describe('a leader', () => {
  it('has no election timer, and gives up a transfer without giving up the lead', () => {
    trace.add(1, leads(1, 2));
    trace.add(1, { type: 'electionTimerStarted', timeoutMs: 100 });
    trace.add(1, { type: 'leadershipTransferStarted', transferee: 2 });
    trace.add(1, { type: 'leadershipTransferAborted', transferee: 2 });
    expect(trace.node('n1')).toMatchObject({ role: 'leader', electionTimer: null, transferee: 0 });
  });

  it('that heard from no quorum is known as such until it knows a leader, or ends', () => {
    const ends: readonly TraceBody[] = [
      { type: 'leaderChanged', leader: 2, term: 3 }, leads(1, 3), { type: 'nodeCrashed' },
      { ...leads(1, 3), role: 'follower', leader: 3 },
    ];
    for (const end of ends) {
      trace.add(1, leads(1, 2));
      trace.add(1, { type: 'quorumLost', term: 2 });
      trace.add(1, { ...leads(1, 2), role: 'follower', leader: 0 });
      trace.add(1, { ...leads(1, 2), role: 'pre-candidate', leader: 0 });
      expect(trace.node('n1').quorumLostInTerm, end.type).toBe(2);
      trace.add(1, end);
      expect(trace.node('n1').quorumLostInTerm, end.type).toBe(0);
    }
  });

  it('sends snapshots until they have arrived, are given up or are of no use', () => {
    for (const end of ['finished', 'given-up', 'cancelled'] as const) {
      for (const state of ['started', 'resumed', 'underway'] as const) {
        trace.add(1, sending(2, state));
        expect(trace.node('n1').sendingSnapshots, state).toMatchObject({ 2: { arrivedBytes: 300, bytes: 900 } });
      }
      trace.add(1, sending(3, 'underway'));
      trace.add(1, sending(2, end));
      expect(Object.keys(trace.node('n1').sendingSnapshots), end).toEqual(['3']);
    }
  });
});

describe('a snapshot that is received', () => {
  it('is seen until it is installed, refused or of no use', () => {
    for (const end of ['refused', 'cancelled'] as const) {
      trace.add(2, receiving('underway'));
      expect(trace.node('n2').receivingSnapshot).toMatchObject({ peer: 1, arrivedBytes: 300, bytes: 900 });
      trace.add(2, receiving(end));
      expect(trace.node('n2').receivingSnapshot, end).toBeNull();
    }
    trace.add(2, receiving('complete'));
    expect(trace.node('n2').receivingSnapshot).not.toBeNull();
    trace.add(2, { type: 'snapshotRestored', lastIncludedIndex: 20, lastIncludedTerm: 2 });
    expect(trace.node('n2'))
      .toMatchObject({ receivingSnapshot: null, snapshotIndex: 20, snapshotTerm: 2, snapshotBytes: 900 });
  });

  it('takes back neither what is committed nor what is applied', () => {
    trace.add(2, { type: 'commitAdvanced', commitIndex: 30, previousCommitIndex: 0 });
    trace.add(2, { type: 'applied', index: 25, term: 2, text: 'incr k' });
    trace.add(2, { type: 'snapshotRestored', lastIncludedIndex: 20, lastIncludedTerm: 2 });
    expect(trace.node('n2')).toMatchObject({ commitIndex: 30, lastApplied: 25 });
  });
});

it('transactions that are told together count each', () => {
  const persisted = { type: 'persisted', entryCount: 2, bytes: 80, hardStateChanged: false, lastIndex: 2 } as const;
  trace.add(1, { ...persisted, durationMs: 0.4, transactionCount: 5 });
  trace.add(1, { ...persisted, durationMs: 0.3 });
  expect(trace.node('n1').disk).toEqual({ transactions: 6, entries: 4, bytes: 160, lastDurationMs: 0.3 });
});

it('a vote is one’s own only when it is granted to oneself, and is no pre-vote', () => {
  const vote = (voter: number, granted: boolean, preVote: boolean): TraceBody =>
    ({ type: 'voteReceived', voter, granted, preVote, term: 2, grantedCount: 1, refusedCount: 1, voterCount: 3 });
  trace.add(1, vote(2, true, false));
  trace.add(1, vote(1, false, false));
  trace.add(1, vote(1, true, true));
  expect(trace.node('n1').votedFor).toBe(0);
  trace.add(1, vote(1, true, false));
  expect(trace.node('n1').votedFor).toBe(1);
});
