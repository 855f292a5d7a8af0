/** The fold: what each event changes in the view, and that no order of events breaks it. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TraceBody, TraceEvent } from '../../src/trace/events.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import { DOOR_CLOSED } from '../../src/trace/door.ts';
import { applyEvent, emptyView } from '../../src/trace/fold.ts';
import { LOG_TAIL_MAX, MESSAGES_MAX } from '../../src/trace/view.ts';
import { RAFTLAB_VARIANT, variantOf } from '../../src/trace/variant.ts';
import { entries, faults, LAB_OPENED, started, Trace } from './events.ts';

let trace: Trace;
beforeEach(() => {
  trace = new Trace();
});

const message = { type: 'AppendEntries', term: 1 } as const;
const sent = (messageId: string): TraceBody => ({ type: 'messageSent', messageId, to: 2, message, bytes: 50 });
const received = (messageId: string): TraceBody =>
  ({ type: 'messageReceived', messageId, from: 1, message, bytes: 50 });

describe('the lab', () => {
  it('opens with its nodes, which are starting', () => {
    expect(trace.view).toMatchObject({ labId: 'lab-1', name: 'Default lab', pace: 'class', seq: 1, atMs: 1000 });
    expect(Object.keys(trace.view.nodes)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
    expect(trace.node('n3')).toMatchObject({ id: 3, life: 'starting', role: 'follower', term: 0 });
  });

  it('opens anew without anything of before', () => {
    trace.add(1, started(1));
    trace.add(0, { type: 'linkChanged', from: 'n1', to: 'n2', faults: faults({ down: true }) });
    trace.add(1, sent('1.1.1'));
    trace.add(0, { ...LAB_OPENED, nodes: ['n1'] } as TraceBody);
    expect(trace.view).toEqual({
      ...emptyView(), labId: 'lab-1', name: 'Default lab', seq: 5, atMs: 1004, nodes: { n1: trace.node('n1') },
    });
  });

  it('closes: what ran has stopped, what had crashed stays crashed', () => {
    trace.add(1, started(1));
    trace.add(2, { type: 'nodeCrashed' });
    trace.add(0, { type: 'labClosed' });
    expect([trace.node('n1').life, trace.node('n2').life]).toEqual(['stopped', 'crashed']);
  });

  it('keeps only the links that have a fault', () => {
    trace.add(0, { type: 'linkChanged', from: 'n1', to: 'n2', faults: faults({ lossPercent: 10 }) });
    trace.add(0, { type: 'linkChanged', from: 'n2', to: 'n1', faults: faults({ down: true }) });
    expect(Object.keys(trace.view.links)).toEqual(['n1>n2', 'n2>n1']);
    trace.add(0, { type: 'linkChanged', from: 'n2', to: 'n1', faults: NO_FAULTS });
    expect(Object.keys(trace.view.links)).toEqual(['n1>n2']);
  });

  it('heals cuts, but not loss', () => {
    trace.add(0, { type: 'linkChanged', from: 'n1', to: 'n3', faults: faults({ down: true, lossPercent: 5 }) });
    trace.add(0, { type: 'linkChanged', from: 'n3', to: 'n1', faults: faults({ down: true }) });
    trace.add(0, { type: 'healed' });
    expect(trace.view.links).toEqual({ 'n1>n3': { from: 'n1', to: 'n3', faults: faults({ lossPercent: 5 }) } });
  });

  it('counts the events that it missed', () => {
    applyEvent(trace.view, { type: 'paceChanged', pace: 'slow', seq: 7, atMs: 0, node: 0 });
    expect(trace.view).toMatchObject({ pace: 'slow', seq: 7, droppedEvents: 5 });
    applyEvent(trace.view, { type: 'paceChanged', pace: 'fast', seq: 9, atMs: 0, node: 0 });
    expect(trace.view.droppedEvents, 'one more').toBe(6);
    applyEvent(trace.view, { type: 'paceChanged', pace: 'class', seq: 4, atMs: 0, node: 0 });
    expect(trace.view, 'one that comes late takes nothing back').toMatchObject({ seq: 9, droppedEvents: 6 });
  });

  it('opens with what is in force: incarnations, lease reads, and the rules that are off', () => {
    const opened = { ...LAB_OPENED, nodes: ['n1', 'n2'], incarnations: [1, 3], leaseReads: true, rulesOff: ['a'] };
    trace.add(0, opened as TraceBody);
    expect(trace.view).toMatchObject({ leaseReads: true, rulesOff: ['a'] });
    expect([trace.node('n1').id, trace.node('n2').id]).toEqual([1, 2002]);
    trace.add(0, { type: 'leaseReadsChanged', enabled: false });
    expect(trace.view.leaseReads).toBe(false);
  });

  it('knows which Raft the lab runs, from the beginning and when it changes', () => {
    const variant = variantOf('paper', ['majorityQuorum']);
    trace.add(0, { ...LAB_OPENED, variant } as TraceBody);
    expect(trace.view).toMatchObject({ variant, rulesOff: ['majorityQuorum'] });
    trace.add(0, { type: 'variantChanged', variant: RAFTLAB_VARIANT });
    expect(trace.view).toMatchObject({ variant: RAFTLAB_VARIANT, rulesOff: [] });
  });

  it('knows how the doors are to be, from the beginning and when it changes', () => {
    const door = { isOpen: true, redirects: true, onLan: false };
    trace.add(0, { ...LAB_OPENED, door } as TraceBody);
    expect(trace.view.door).toEqual(door);
    trace.add(0, { type: 'doorChanged', door: DOOR_CLOSED });
    expect(trace.view.door).toEqual(DOOR_CLOSED);
  });

  it('forgets a node that was removed: its links and its messages', () => {
    for (const [from, to] of [['n1', 'n2'], ['n2', 'n1'], ['n2', 'n3']] as const) {
      trace.add(0, { type: 'linkChanged', from, to, faults: faults({ down: true }) });
    }
    trace.add(1, sent('1.1.1'));
    trace.add(2, { type: 'messageSent', messageId: '2.1.1', to: 1, message, bytes: 50 });
    trace.add(2, { type: 'messageSent', messageId: '2.1.2', to: 3, message, bytes: 50 });
    trace.add(0, { type: 'nodeRemoved', name: 'n1' });
    expect(Object.keys(trace.view.nodes)).toEqual(['n2', 'n3', 'n4', 'n5']);
    expect(Object.keys(trace.view.links)).toEqual(['n2>n3']);
    expect(trace.view.messages.map(({ messageId }) => messageId)).toEqual(['2.1.2']);
  });

  it('can be copied between processes', () => {
    trace.add(1, started(1, { tail: entries(1, 1, 2) }));
    expect(structuredClone(trace.view)).toEqual(trace.view);
  });
});

describe('the door of a node', () => {
  const opened = { type: 'doorOpened', address: '127.0.0.1', port: 7001 } as const;
  const door = { address: '127.0.0.1', port: 7001 };

  it('is where the node says, until it says that it is closed', () => {
    trace.add(1, started(1));
    expect(trace.node('n1').door).toBeNull();
    trace.add(1, opened);
    expect(trace.node('n1').door).toEqual(door);
    trace.add(1, { type: 'doorClosed', reason: 'off' });
    expect(trace.node('n1').door).toBeNull();
  });

  it('stays open while the node is paused, and closes when it ends', () => {
    for (const end of ['nodeStopped', 'nodeCrashed'] as const) {
      trace.add(1, started(1));
      trace.add(1, opened);
      trace.add(1, { type: 'nodePaused' });
      expect(trace.node('n1').door).toEqual(door);
      trace.add(1, { type: end });
      expect(trace.node('n1').door).toBeNull();
    }
  });
});

describe('the life of a node', () => {
  it('starts from what its file holds', () => {
    trace.add(3, started(3, {
      hardState: { currentTerm: 4, votedFor: 2, commitIndex: 8 },
      firstIndex: 5, lastIndex: 9, tail: entries(4, 8, 9), boot: 3,
    }));
    expect(trace.node('n3')).toMatchObject({
      life: 'running', role: 'follower', term: 4, votedFor: 2, commitIndex: 8, lastApplied: 0,
      firstIndex: 5, lastIndex: 9, tail: entries(4, 8, 9), port: 47_103, boot: 3, leader: 0,
    });
  });

  it('a crashed leader leads no more, and what it wrote stays to be seen', () => {
    trace.add(1, started(1));
    trace.add(1, { type: 'termChanged', term: 2, previousTerm: 0 });
    trace.add(1, roleChanged(1, 'leader', 2));
    trace.add(1, { type: 'entriesAppended', entries: entries(2, 1, 2), truncatedFrom: undefined });
    trace.add(1, { type: 'nodeCrashed' });
    expect(trace.node('n1'))
      .toMatchObject({ life: 'crashed', role: 'follower', term: 2, lastIndex: 2, electionTimer: null });
  });

  it('a paused node has no timer until it is told anew', () => {
    trace.add(1, started(1));
    trace.add(1, { type: 'electionTimerStarted', timeoutMs: 1800 });
    expect(trace.node('n1').electionTimer).toEqual({ startedAtMs: 1002, timeoutMs: 1800 });
    trace.add(1, { type: 'nodePaused' });
    expect(trace.node('n1')).toMatchObject({ life: 'paused', electionTimer: null });
    trace.add(1, { type: 'nodeResumed' });
    expect(trace.node('n1').life).toBe('running');
  });

  it('says why it failed', () => {
    trace.add(1, { type: 'nodeFailed', code: 'disk-full', message: 'no room' });
    expect(trace.node('n1')).toMatchObject({ life: 'failed', failure: { code: 'disk-full', message: 'no room' } });
    trace.add(1, started(1));
    expect(trace.node('n1')).toMatchObject({ life: 'running', failure: null });
  });

  it('a wiped node is another one, deaf to what its former self still says', () => {
    trace.add(2, started(2, { lastIndex: 7, hardState: { currentTerm: 3, votedFor: 1, commitIndex: 7 } }));
    trace.add(2, { type: 'nodeWiped', incarnation: 2 });
    expect(trace.node('n2')).toMatchObject({ id: 1002, incarnation: 2, life: 'starting', term: 0, lastIndex: 0 });
    trace.add(2, { type: 'commitAdvanced', commitIndex: 8, previousCommitIndex: 7 });
    trace.add(1002, started(1002));
    expect(trace.node('n2')).toMatchObject({ id: 1002, life: 'running', commitIndex: 0 });
  });

  it('one that nobody announced is added', () => {
    trace.add(9, started(9));
    expect(trace.view.nodes['n9']).toMatchObject({ id: 9, life: 'running' });
  });
});

function roleChanged(id: number, role: 'leader' | 'candidate' | 'pre-candidate' | 'follower', term: number): TraceBody {
  const leader = role === 'leader' ? id : 0;
  return { type: 'roleChanged', role, previousRole: 'follower', term, leader, votes: [], voterCount: 5, reason: '' };
}

function vote(voter: number, granted: boolean, grantedCount: number, refusedCount = 0, preVote = false): TraceBody {
  return { type: 'voteReceived', voter, granted, preVote, term: 2, grantedCount, refusedCount, voterCount: 5 };
}

describe('elections', () => {
  it('a candidate votes for itself and collects answers until it leads', () => {
    trace.add(3, { type: 'termChanged', term: 2, previousTerm: 1 });
    trace.add(3, roleChanged(3, 'candidate', 2));
    expect(trace.node('n3')).toMatchObject({ role: 'candidate', term: 2, votedFor: 3, votes: {} });
    trace.add(3, vote(3, true, 1));
    trace.add(3, vote(1, false, 1, 1));
    expect(trace.node('n3').votes).toEqual({ 3: true, 1: false });
    trace.add(3, { type: 'electionTimerStarted', timeoutMs: 2000 });
    trace.add(3, roleChanged(3, 'leader', 2));
    expect(trace.node('n3')).toMatchObject({ role: 'leader', leader: 3, votes: {}, electionTimer: null, votedFor: 3 });
  });

  it('each attempt counts anew, also in the same role', () => {
    trace.add(3, roleChanged(3, 'pre-candidate', 1));
    trace.add(3, vote(3, true, 1, 0, true));
    trace.add(3, vote(2, true, 2, 0, true));
    trace.add(3, vote(3, true, 1, 0, true));
    expect(trace.node('n3').votes).toEqual({ 3: true });
    expect(trace.node('n3').votedFor, 'a pre-vote is no vote').toBe(0);
  });

  it('a vote is cast by granting it, a pre-vote is none', () => {
    trace.add(1, { type: 'voteGranted', candidate: 3, term: 2, preVote: true });
    expect(trace.node('n1').votedFor).toBe(0);
    trace.add(1, { type: 'voteGranted', candidate: 3, term: 2, preVote: false });
    expect(trace.node('n1').votedFor).toBe(3);
    trace.add(1, { type: 'termChanged', term: 3, previousTerm: 2 });
    expect(trace.node('n1')).toMatchObject({ votedFor: 0, term: 3 });
  });
});

describe('the log', () => {
  const append = (term: number, from: number, to: number, truncatedFrom?: number) => trace.add(1, {
    type: 'entriesAppended', truncatedFrom,
    entries: entries(term, ...Array.from({ length: to - from + 1 }, (_, at) => from + at)),
  });

  it('grows, and keeps a bounded tail', () => {
    append(1, 1, 3);
    append(1, 4, 200);
    expect(trace.node('n1').lastIndex).toBe(200);
    expect(trace.node('n1').tail).toEqual(entries(1, ...Array.from({ length: LOG_TAIL_MAX }, (_, at) => 137 + at)));
  });

  it('loses what a new leader overwrites (Raft §5.3)', () => {
    append(1, 1, 5);
    append(2, 3, 3, 3);
    expect(trace.node('n1')).toMatchObject({ lastIndex: 3, tail: [...entries(1, 1, 2), ...entries(2, 3)] });
    append(2, 1, 0, 2);
    expect(trace.node('n1')).toMatchObject({ lastIndex: 1, tail: entries(1, 1) });
  });

  it('is committed, applied, compacted, replaced by a snapshot', () => {
    append(1, 1, 5);
    trace.add(1, { type: 'commitAdvanced', commitIndex: 4, previousCommitIndex: 0 });
    trace.add(1, { type: 'applied', index: 3, term: 1, text: 'incr k' });
    trace.add(1, { type: 'logCompacted', firstIndex: 4 });
    expect(trace.node('n1')).toMatchObject({ commitIndex: 4, lastApplied: 3, firstIndex: 4, tail: entries(1, 4, 5) });
    trace.add(1, { type: 'snapshotRestored', lastIncludedIndex: 20, lastIncludedTerm: 2 });
    expect(trace.node('n1'))
      .toMatchObject({
        firstIndex: 21, lastIndex: 20, commitIndex: 20, lastApplied: 20, snapshotIndex: 20, tail: [],
      });
  });

  it('begins behind a snapshot, which is taken, and told of at the start', () => {
    trace.add(1, { type: 'snapshotTaken', lastIncludedIndex: 8, lastIncludedTerm: 1, bytes: 99, durationMs: 2 });
    expect(trace.node('n1').snapshotIndex).toBe(8);
    trace.add(2, started(2, { firstIndex: 5, lastIndex: 12, snapshotIndex: 9 }));
    expect(trace.node('n2')).toMatchObject({ firstIndex: 5, lastIndex: 12, snapshotIndex: 9, lastApplied: 9 });
  });

  it('of a snapshot that is on its way, both ends know how far it is, until it has arrived or will not', () => {
    const snapshot = { lastIncludedIndex: 20, lastIncludedTerm: 2, bytes: 900 };
    trace.add(1, { type: 'snapshotSending', to: 2, ...snapshot, acknowledgedBytes: 300, state: 'underway' });
    trace.add(2, { type: 'snapshotReceiving', from: 1, ...snapshot, receivedBytes: 400, state: 'underway' });
    expect(trace.node('n1').sendingSnapshots)
      .toEqual({ 2: { peer: 2, lastIncludedIndex: 20, arrivedBytes: 300, bytes: 900 } });
    expect(trace.node('n2').receivingSnapshot)
      .toEqual({ peer: 1, lastIncludedIndex: 20, arrivedBytes: 400, bytes: 900 });
    trace.add(1, { type: 'snapshotSending', to: 2, ...snapshot, acknowledgedBytes: 900, state: 'finished' });
    trace.add(2, { type: 'snapshotRestored', lastIncludedIndex: 20, lastIncludedTerm: 2 });
    expect(trace.node('n1').sendingSnapshots).toEqual({});
    expect(trace.node('n2').receivingSnapshot).toBeNull();

    trace.add(1, { type: 'snapshotSending', to: 3, ...snapshot, acknowledgedBytes: 0, state: 'started' });
    trace.add(1, { type: 'nodeCrashed' });
    expect(trace.node('n1').sendingSnapshots).toEqual({});
  });

  it('disk and datagram counts', () => {
    const persisted = { entryCount: 2, bytes: 80, hardStateChanged: false, lastIndex: 2, durationMs: 0.4 };
    trace.add(1, { type: 'persisted', ...persisted });
    trace.add(1, { type: 'persisted', ...persisted, durationMs: 0.3 });
    const counters = {
      sent: 5, received: 4, bytesSent: 300, bytesReceived: 200, retransmitted: 1, dropped: { loss: 1 },
    };
    trace.add(1, { type: 'counters', counters });
    expect(trace.node('n1')).toMatchObject({
      disk: { transactions: 2, entries: 4, bytes: 160, lastDurationMs: 0.3 }, counters,
    });
  });

  it('a leader’s reads and a transfer go with its leadership; a membership change with its end', () => {
    const reads = {
      leaseHeld: true, leaseEndsInTicks: 8, waiting: 0, confirmedByRound: 2, confirmedByLease: 1,
      confirmedAsSoleVoter: 0,
    };
    trace.add(1, roleChanged(1, 'leader', 2));
    const { atMs } = trace.add(1, { type: 'readsChanged', reads });
    trace.add(1, { type: 'leadershipTransferStarted', transferee: 2 });
    trace.add(2, { type: 'nodeJoining', step: 'catching-up', detail: 'n2 catches up' });
    expect(trace.node('n1')).toMatchObject({ reads: { ...reads, toldAtMs: atMs }, transferee: 2 });
    expect(trace.node('n2').change).toEqual({ step: 'catching-up', detail: 'n2 catches up' });
    trace.add(1, roleChanged(1, 'follower', 3));
    trace.add(2, { type: 'nodeJoining', step: 'joined', detail: 'n2 is a voter' });
    expect(trace.node('n1')).toMatchObject({ reads: null, transferee: 0 });
    expect(trace.node('n2').change).toBeNull();
  });

  it('what a leader knows of its followers goes with the leadership and the membership', () => {
    const progress = (id: number) => ({
      id, state: 'replicate', matchIndex: 1, nextIndex: 2, isLearner: false, recentActive: true, silent: false,
      inflightMessages: 0,
      inflightFull: false, pendingSnapshot: 0, paused: false,
    } as const);
    trace.add(1, roleChanged(1, 'leader', 2));
    trace.add(1, { type: 'progressChanged', progress: progress(2) });
    trace.add(1, { type: 'progressChanged', progress: progress(3) });
    const configuration = { voters: [1, 2], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
    trace.add(1, { type: 'configurationChanged', configuration });
    expect(Object.keys(trace.node('n1').progress)).toEqual(['2']);
    trace.add(1, roleChanged(1, 'follower', 3));
    expect(trace.node('n1')).toMatchObject({ progress: {}, configuration });
  });
});

describe('messages', () => {
  it('travel, arrive and get lost', () => {
    trace.add(1, sent('1.1.1'));
    trace.add(1, sent('1.1.2'));
    expect(trace.view.messages[0]).toEqual(
      { messageId: '1.1.1', from: 'n1', to: 'n2', message, sentAtMs: 1001, state: 'travelling', endedAtMs: null });
    trace.add(2, received('1.1.2'));
    trace.add(1, { type: 'messageDropped', messageId: '1.1.1', reason: 'loss' });
    const ends = trace.view.messages.map(({ state, endedAtMs }) => [state, endedAtMs]);
    expect(ends).toEqual([['lost', 1004], ['arrived', 1003]]);
  });

  it('may be known to have arrived before they are known to be sent', () => {
    trace.add(2, received('1.1.1'));
    trace.add(1, sent('1.1.1'));
    expect(trace.view.messages).toHaveLength(1);
    expect(trace.view.messages[0])
      .toMatchObject({ state: 'arrived', from: 'n1', to: 'n2', sentAtMs: 1001, endedAtMs: 1001 });
  });

  it('stay arrived when a second copy is dropped', () => {
    trace.add(1, sent('1.1.1'));
    trace.add(2, received('1.1.1'));
    trace.add(2, { type: 'messageDropped', messageId: '1.1.1', from: 1, reason: 'duplicate', message });
    expect(trace.view.messages).toMatchObject([{ state: 'arrived' }]);
  });

  it('that were dropped where they came to are shown as lost there, also before they are known to be sent', () => {
    trace.add(2, { type: 'messageDropped', messageId: '1.1.1', from: 1, reason: 'duplicate', message });
    expect(trace.view.messages).toMatchObject([{ from: 'n1', to: 'n2', state: 'lost' }]);
  });

  it('that were dropped where they were sent are shown as lost', () => {
    trace.add(1, { type: 'messageDropped', messageId: '1.1.9', to: 4, reason: 'cut', message });
    trace.add(1, { type: 'messageDropped', reason: 'malformed' });
    expect(trace.view.messages).toMatchObject([{ from: 'n1', to: 'n4', state: 'lost' }]);
  });

  it('are held until they are released or lost, or their sender ends', () => {
    const held = (messageId: string): TraceBody => ({ type: 'messageHeld', messageId, to: 2, message });
    for (const id of ['1.1.1', '1.1.2', '1.1.3']) trace.add(1, held(id));
    trace.add(3, held('3.1.1'));
    trace.add(1, { type: 'messageReleased', messageId: '1.1.2', to: 2, message });
    trace.add(1, { type: 'messageDropped', messageId: '1.1.1', to: 2, reason: 'by-hand', message });
    expect(trace.view.held).toMatchObject([{ messageId: '1.1.3', from: 'n1', to: 'n2' }, { messageId: '3.1.1' }]);
    expect(trace.view.messages).toMatchObject([{ messageId: '1.1.1', state: 'lost' }]);
    trace.add(1, { type: 'nodeCrashed' });
    expect(trace.view.held.map(({ from }) => from)).toEqual(['n3']);
    trace.add(0, { type: 'nodeRemoved', name: 'n2' });
    expect(trace.view.held).toEqual([]);
  });

  it('are kept in a bounded number', () => {
    for (let at = 1; at <= MESSAGES_MAX + 10; at += 1) trace.add(1, sent(`1.1.${at}`));
    expect(trace.view.messages).toHaveLength(MESSAGES_MAX);
    expect(trace.view.messages[0]?.messageId).toBe('1.1.11');
  });
});

describe('any order of events', () => {
  const node = fc.constantFrom(0, 1, 2, 1002, 5, 9, 99);
  const number = fc.nat({ max: 80 });
  const body: fc.Arbitrary<TraceBody> = fc.oneof(
    fc.record({ id: fc.constantFrom(1, 2, 1002), lastIndex: number })
      .map(({ id, lastIndex }) => started(id, { lastIndex })),
    fc.constantFrom<TraceBody>(
      { type: 'nodeStopped' }, { type: 'nodeCrashed' }, { type: 'nodePaused' }, { type: 'nodeResumed' },
      { type: 'nodeWiped', incarnation: 2 }, { type: 'healed' }, { type: 'labClosed' },
      { type: 'partitioned', groups: [] }, { type: 'leaderChanged', leader: 7, term: 1 },
      { type: 'messageDropped', messageId: '1.1.1', reason: 'cut', message },
    ),
    fc.record({ term: number, role: fc.constantFrom('leader', 'candidate', 'follower') })
      .map(({ term, role }) => roleChanged(1, role, term)),
    fc.record({ from: number, count: fc.nat({ max: 70 }), truncatedFrom: fc.option(number, { nil: undefined }) })
      .map(({ from, count, truncatedFrom }): TraceBody => ({
        type: 'entriesAppended', truncatedFrom,
        entries: entries(1, ...Array.from({ length: count }, (_, at) => from + at)),
      })),
    number.map((index): TraceBody => ({ type: 'logCompacted', firstIndex: index })),
    number.map((index): TraceBody => sent(`1.1.${index}`)),
    number.map((index): TraceBody => received(`1.1.${index}`)),
  );

  it('gives a view within its limits, and no throw', () => {
    fc.assert(fc.property(fc.array(fc.tuple(node, body), { maxLength: 150 }), (steps) => {
      const view = emptyView();
      steps.forEach(([at, step], index) => {
        applyEvent(view, { ...step, seq: index + 1, atMs: index, node: at });
      });
      for (const shown of Object.values(view.nodes)) {
        expect(shown.tail.length).toBeLessThanOrEqual(LOG_TAIL_MAX);
        const indexes = shown.tail.map((entry) => entry.index);
        expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
      }
      expect(view.messages.length).toBeLessThanOrEqual(MESSAGES_MAX);
    }));
  });

  it('the same events give the same view, whether folded at once or onto a copied view', () => {
    fc.assert(fc.property(fc.array(fc.tuple(node, body), { maxLength: 60 }), fc.nat(), (steps, cut) => {
      const events = steps.map(([at, step], index): TraceEvent =>
        ({ ...step, seq: index + 1, atMs: index, node: at }));
      const whole = emptyView();
      for (const event of events) applyEvent(whole, event);
      let resumed = emptyView();
      events.forEach((event, index) => {
        if (index === cut % (events.length + 1)) resumed = structuredClone(resumed);
        applyEvent(resumed, event);
      });
      expect(resumed).toEqual(whole);
    }));
  });
});
