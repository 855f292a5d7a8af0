/** The sentences of events. */
import { describe, expect, it } from 'vitest';
import type { EntrySummary } from '../../src/raft/events.ts';
import type { ClientWait, TraceBody, TraceEvent } from '../../src/trace/events.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import { kindOf } from '../../src/trace/kinds.ts';
import { wordsFor } from '../../src/trace/words.ts';
import { entries, faults, LAB_OPENED, started } from './events.ts';

const at = (node: number, body: TraceBody): TraceEvent => ({ ...body, seq: 1, atMs: 0, node });

function said(node: number, body: TraceBody): string {
  const { subject, sentence } = wordsFor(at(node, body));
  return `${subject} ${sentence}`;
}

const becameLeader: TraceBody = {
  type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 4, leader: 3,
  votes: [3, 4, 1005], voterCount: 5, reason: 'won the election',
};
const append = { type: 'AppendEntries', term: 3, logIndex: 17, entryCount: 2, leaderCommit: 17 } as const;
const progress = {
  id: 4, state: 'replicate', matchIndex: 19, nextIndex: 20, isLearner: false, recentActive: true, silent: false,
  inflightMessages: 0,
  inflightFull: false, pendingSnapshot: 0, paused: false,
} as const;
const configuration = { voters: [1, 2, 3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };

const snapshot40 = { lastIncludedIndex: 40, lastIncludedTerm: 2, bytes: 900 };
const sending = (state: (TraceBody & { type: 'snapshotSending' })['state'], acknowledgedBytes: number): TraceBody =>
  ({ type: 'snapshotSending', to: 1, ...snapshot40, acknowledgedBytes, state });
const receiving = (state: (TraceBody & { type: 'snapshotReceiving' })['state'], receivedBytes: number): TraceBody =>
  ({ type: 'snapshotReceiving', from: 3, ...snapshot40, receivedBytes, state });

const waits = (waitsFor: ClientWait, index?: number): TraceBody => ({
  type: 'clientWaits', requestId: '1', text: 'incr visits', waitsFor,
  ...(index === undefined ? {} : { index, term: 3 }),
});
const decided = (isApplied: boolean): TraceBody =>
  ({ type: 'clientDecided', requestId: '1', text: 'incr visits', isApplied, detail: 'entry 18 of term 3' });

describe('wordsFor', () => {
  it.each<[string, number, TraceBody]>([
    ['n3 became leader of term 4 with 3 of 5 votes (n3, n4, n5′2)', 3, becameLeader],
    ['n3 became candidate in term 4', 3, { ...becameLeader, role: 'candidate', previousRole: 'follower' }],
    ['n3 asks for pre-votes before it begins term 5', 3, { ...becameLeader, role: 'pre-candidate' }],
    ['n3 stepped down as leader; follows n5 in term 4', 3,
      { ...becameLeader, role: 'follower', previousRole: 'leader', leader: 5 }],
    ['n3 stopped asking for votes in term 4', 3, { ...becameLeader, role: 'follower', leader: 0 }],
    ['n1 entered term 4', 1, { type: 'termChanged', term: 4, previousTerm: 3 }],
    ['n1 follows n3 in term 4', 1, { type: 'leaderChanged', leader: 3, term: 4 }],
    ['n3 leads term 4', 3, { type: 'leaderChanged', leader: 3, term: 4 }],
    ['n1 knows no leader in term 5', 1, { type: 'leaderChanged', leader: 0, term: 5 }],
    ['n1 gave its vote of term 4 to n3', 1, { type: 'voteGranted', candidate: 3, term: 4, preVote: false }],
    ['n1 would vote for n3 in term 4', 1, { type: 'voteGranted', candidate: 3, term: 4, preVote: true }],
    ['n1 refused its vote to n2: the log of n2 is less up-to-date than its own', 1,
      { type: 'voteRefused', candidate: 2, term: 4, preVote: false, reason: 'log-not-up-to-date' }],
    ['n1 refused its pre-vote to n2: it hears from a leader', 1,
      { type: 'voteRefused', candidate: 2, term: 4, preVote: true, reason: 'leader-lease' }],
    ['n3 got the vote of n4: 2 of 5', 3, vote(4, true, 2, 0)],
    ['n3 counted its own vote: 1 of 5', 3, vote(3, true, 1, 0)],
    ['n3 was refused the vote of n4: 2 of 5, 1 against', 3, vote(4, false, 2, 1)],
    ['n3 appended entries 17–19', 3, appended(entries(2, 17, 18, 19))],
    ['n3 appended entry 15, the no-op at the start of term 3', 3,
      appended([{ index: 15, term: 3, type: 'no-op', bytes: 0 }])],
    ['n1 discarded its entries from 15 on and appended entry 15', 1, appended(entries(3, 15), 15)],
    ['n3 learned that n1 has another entry 14, or none: goes back to 11', 3,
      { type: 'appendRejected', from: 1, prevLogIndex: 14, hintIndex: 11 }],
    ['n3 took a snapshot of what it has applied, up to entry 40', 3,
      { type: 'snapshotTaken', lastIncludedIndex: 40, lastIncludedTerm: 2, bytes: 900, durationMs: 1.5 }],
    ['n3 begins to send n1 its snapshot up to entry 40', 3, sending('started', 0)],
    ['n3 goes on sending n1 its snapshot up to entry 40: 33 % was there already', 3, sending('resumed', 300)],
    ['n3 sends n1 its snapshot up to entry 40: 66 % has arrived', 3, sending('underway', 600)],
    ['n3 has brought n1 its snapshot up to entry 40', 3, sending('finished', 900)],
    ['n3 gave up sending n1 its snapshot up to entry 40: 66 % had arrived', 3, sending('given-up', 600)],
    ['n3 no longer sends n1 its snapshot up to entry 40', 3, sending('cancelled', 600)],
    ['n1 has 33 % of the snapshot of n3 up to entry 40', 1, receiving('underway', 300)],
    ['n1 has all of the snapshot of n3 up to entry 40', 1, receiving('complete', 900)],
    ['n1 no longer needs the snapshot of n3 up to entry 40', 1, receiving('cancelled', 300)],
    ['n1 threw away the snapshot that n3 sent: its bytes are not what they should be', 1, receiving('refused', 900)],
    ['n3 sent InstallSnapshot up to 40, bytes 100–200 of 900 to n1', 3, {
      type: 'messageSent', messageId: '3.1.1', to: 1, bytes: 300,
      message: { type: 'InstallSnapshot', term: 2, logIndex: 40, offset: 100, chunkBytes: 100, snapshotBytes: 900 },
    }],
    ['n1 sent the answer that it has 200 of 900 bytes of the snapshot to n3', 1, {
      type: 'messageSent', messageId: '1.1.1', to: 3, bytes: 100,
      message: { type: 'InstallSnapshotResponse', term: 2, logIndex: 40, offset: 200, snapshotBytes: 900 },
    }],
    ['n3 committed entry 18', 3, { type: 'commitAdvanced', commitIndex: 18, previousCommitIndex: 17 }],
    ['n3 committed entries 15–18', 3, { type: 'commitAdvanced', commitIndex: 18, previousCommitIndex: 14 }],
    ['n3 knows that n4 holds its log up to entry 19', 3, { type: 'progressChanged', progress }],
    ['n1 uses the configuration n1, n2, n3', 1, { type: 'configurationChanged', configuration }],
    ['n1 uses the configuration n1, n2, n3, jointly with n1, n4, learning: n5', 1,
      { type: 'configurationChanged', configuration: { ...configuration, votersOutgoing: [1, 4], learners: [5] } }],
    ['n3 reported its reads: 12 confirmed by rounds, 3 by its lease, which holds 8 more ticks, 1 waiting', 3, {
      type: 'readsChanged',
      reads: {
        leaseHeld: true, leaseEndsInTicks: 8, waiting: 1, confirmedByRound: 12, confirmedByLease: 3,
        confirmedAsSoleVoter: 0,
      },
    }],
    ['n3 could not take a proposal: no leader', 3, { type: 'proposalDropped', reason: 'no-leader' }],
    ['n3 started with an empty log in term 0', 3, started(3)],
    ['n3 started with entries 5–9 in term 2', 3,
      started(3, { firstIndex: 5, lastIndex: 9, hardState: { currentTerm: 2, votedFor: 0, commitIndex: 0 } })],
    ['n2 lost its disk and comes back as n2′2', 2, { type: 'nodeWiped', incarnation: 2 }],
    ['n2 failed: the disk is full', 2, { type: 'nodeFailed', code: 'disk-full', message: 'the disk is full' }],
    ['n3 sent AppendEntries 18–19 to n4', 3, { type: 'messageSent', messageId: '', to: 4, message: append, bytes: 90 }],
    ['n4 received AppendEntries 18–19 from n3', 4,
      { type: 'messageReceived', messageId: '', from: 3, message: append, bytes: 90 }],
    ['n3 lost AppendEntries 18–19 to n1: the link is cut', 3,
      { type: 'messageDropped', messageId: '', to: 1, reason: 'cut', message: append }],
    ['n1 dropped AppendEntries 18–19 from n3: it came before', 1,
      { type: 'messageDropped', messageId: '', from: 3, to: 1, reason: 'duplicate', message: append }],
    ['n1 dropped a datagram: it cannot be read', 1, { type: 'messageDropped', reason: 'malformed' }],
    ['n5 stored entries 17–18 and its term, vote and commitIndex', 5,
      { type: 'persisted', entryCount: 2, lastIndex: 18, hardStateChanged: true, bytes: 90, durationMs: 0.214 }],
    ['n5 applied incr visits', 5, { type: 'applied', index: 18, term: 3, text: 'incr visits' }],
    ['n4 was asked: incr visits', 4, { type: 'clientAsked', requestId: '1', client: 'c1', text: 'incr visits' }],
    ['n4 forwarded incr visits to its leader n3', 4,
      { type: 'clientForwarded', requestId: '1', to: 3, text: 'incr visits' }],
    ['n4 forwarded a command to its leader n3', 4, { type: 'clientForwarded', requestId: '1', to: 3 }],
    ['n4 cannot tell what became of incr visits: no leader for 5 s', 4,
      answered('unknown', 'no leader for 5 s')],
    ['n4 keeps incr visits until there is a leader', 4, waits('leader')],
    ['n4 waits for its client session to be committed before it proposes incr visits', 4, waits('session')],
    ['n4 waits for its client session, entry 18 of term 3, to be committed before it proposes incr visits', 4,
      waits('session', 18)],
    ['n4 waits for incr visits to be in its log', 4, waits('commit')],
    ['n4 waits for incr visits, entry 18 of term 3, to be committed', 4, waits('commit', 18)],
    ['n4 waits for a read index to answer incr visits', 4, waits('read-index')],
    ['n4 waits to apply entry 18 before it answers incr visits', 4, waits('apply', 18)],
    ['n4 decided: incr visits was applied', 4, decided(true)],
    ['n4 decided: incr visits never takes effect', 4, decided(false)],
    ['lab opened “Default lab”: n1 n2 n3 n4 n5', 0, LAB_OPENED],
    ['lab partition n1 n2 | n3 n4 n5', 0, { type: 'partitioned', groups: [['n1', 'n2'], ['n3', 'n4', 'n5']] }],
    ['lab link n1 → n2: 10 % lost, 50 ± 5 ms late', 0,
      { type: 'linkChanged', from: 'n1', to: 'n2', faults: faults({ lossPercent: 10, delayMs: 50, jitterMs: 5 }) }],
    ['lab link n1 → n2: cut', 0, { type: 'linkChanged', from: 'n1', to: 'n2', faults: faults({ down: true }) }],
    ['lab Election Safety is violated: two leaders', 0,
      {
        type: 'safetyViolated', check: 'Election Safety', section: 'Raft §5.2', statement: '', message: 'two leaders',
        nodes: [1, 2], seenAtSeq: 7,
      }],
    ['lab link n1 → n2: whole', 0, { type: 'linkChanged', from: 'n1', to: 'n2', faults: NO_FAULTS }],
  ])('%s', (sentence, node, body) => {
    expect(said(node, body)).toBe(sentence);
  });

  it('names the section and the measure in the detail', () => {
    const refused: TraceBody =
      { type: 'voteRefused', candidate: 2, term: 4, preVote: false, reason: 'log-not-up-to-date' };
    expect(wordsFor(at(1, refused)).detail).toBe('Raft §5.4.1');
    expect(wordsFor(at(1, answered('ok', 'entry 18'))).detail).toBe('entry 18 · 1.4 ms');
  });

  it('marks what changes the course of things', () => {
    expect(wordsFor(at(3, becameLeader))).toMatchObject({ kind: 'elections', important: true });
    expect(wordsFor(at(3, { type: 'nodeCrashed' }))).toMatchObject({ kind: 'lab', important: true });
    expect(wordsFor(at(3, { type: 'nodePaused' })).important).toBe(false);
    expect([wordsFor(at(4, decided(true))).important, wordsFor(at(4, waits('leader'))).important])
      .toEqual([true, false]);
  });
});

describe('kindOf', () => {
  it('tells heartbeats from other messages', () => {
    const sent = { type: 'messageSent', messageId: '', to: 2, bytes: 1 } as const;
    expect(kindOf(at(1, { ...sent, message: { type: 'Heartbeat', term: 1 } }))).toBe('heartbeats');
    expect(kindOf(at(1, { ...sent, message: append }))).toBe('messages');
    expect(kindOf(at(1, { type: 'messageDropped', reason: 'malformed' }))).toBe('messages');
  });
});

function vote(voter: number, granted: boolean, grantedCount: number, refusedCount: number): TraceBody {
  return { type: 'voteReceived', voter, granted, preVote: false, term: 4, grantedCount, refusedCount, voterCount: 5 };
}

function appended(some: readonly EntrySummary[], truncatedFrom?: number): TraceBody {
  return { type: 'entriesAppended', entries: some, truncatedFrom };
}

function answered(outcome: 'ok' | 'unknown', detail: string): TraceBody {
  return { type: 'clientAnswered', requestId: '1', text: 'incr visits', outcome, detail, totalMs: 1.42 };
}
