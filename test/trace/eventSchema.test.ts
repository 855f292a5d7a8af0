/** What may come from another machine, and that whatever does leaves a view that may be handed on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeTraceEventSchema, traceEventSchema } from '../../src/trace/eventSchema.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { TraceBody, TraceEvent } from '../../src/trace/events.ts';
import { applyEvent, emptyView } from '../../src/trace/fold.ts';
import { isNodeId, nodeIdOf } from '../../src/trace/names.ts';
import { COUNT_MAX, LOG_TAIL_MAX, PEERS_MAX } from '../../src/trace/view.ts';
import { clusterViewSchema } from '../../src/trace/viewSchema.ts';
import { LAB_OPENED } from './events.ts';

const MOST = COUNT_MAX;
const LAST_ID = nodeIdOf(15, 1_000_000);
const TEXT = 'x'.repeat(100);
const atMs = 253_402_300_799_999;
const entry = (index: number) => ({ index, term: MOST, type: 'command', bytes: MOST }) as const;
const everybody = Array.from({ length: PEERS_MAX }, (_, at) => nodeIdOf(1 + (at % 15), 1 + Math.floor(at / 15)));
const configuration = {
  voters: everybody, votersOutgoing: everybody, learners: everybody, learnersNext: [], autoLeave: true,
};
const progressOf = (id: number) => ({
  id, state: 'snapshot', matchIndex: MOST, nextIndex: MOST, isLearner: true, recentActive: true, silent: false,
  inflightMessages: MOST, inflightFull: true, pendingSnapshot: MOST, paused: true,
}) as const;
const whereItStands = {
  address: TEXT, port: 65_535, threadId: MOST, databasePath: TEXT, boot: MOST,
  hardState: { currentTerm: MOST, votedFor: LAST_ID, commitIndex: MOST }, firstIndex: MOST, lastIndex: MOST,
  snapshotIndex: MOST, tail: Array.from({ length: LOG_TAIL_MAX }, (_, at) => entry(MOST - at)),
};
const message = { type: 'InstallSnapshot', term: MOST, logIndex: MOST, snapshotBytes: MOST, offset: MOST } as const;

/** The least and the most that events may say. */
const EXTREMES: readonly TraceBody[] = [
  { ...LAB_OPENED },
  { type: 'nodeStarted', name: 'n15', incarnation: 1_000_000, ...whereItStands, openMs: 0 },
  { type: 'nodeRestated', ...whereItStands, role: 'leader', leader: LAST_ID, lastApplied: MOST, configuration,
    progress: everybody.map(progressOf) },
  { type: 'nodeWiped', incarnation: 1_000_000 }, { type: 'nodeAdded', name: 'n15', incarnation: 1_000_000 },
  { type: 'nodeAway', machine: TEXT }, { type: 'nodePaused' }, { type: 'nodeCrashed' }, { type: 'nodeResumed' },
  { type: 'nodeFailed', code: TEXT, message: TEXT }, { type: 'nodeRemoved', name: 'n1' },
  { type: 'entriesAppended', entries: [], truncatedFrom: 1 },
  { type: 'entriesAppended', entries: [entry(1)], truncatedFrom: MOST },
  { type: 'entriesAppended', entries: whereItStands.tail, truncatedFrom: undefined },
  { type: 'snapshotRestored', lastIncludedIndex: MOST, lastIncludedTerm: MOST },
  { type: 'snapshotRestored', lastIncludedIndex: 0, lastIncludedTerm: 0 },
  { type: 'logCompacted', firstIndex: MOST },
  { type: 'persisted', transactionCount: MOST, entryCount: MOST, bytes: MOST, hardStateChanged: true, lastIndex: MOST,
    durationMs: 1e12 },
  { type: 'roleChanged', role: 'leader', previousRole: 'follower', term: MOST, leader: 0, votes: [], voterCount: 0,
    reason: TEXT },
  { type: 'configurationChanged', configuration },
  { type: 'electionTimerStarted', timeoutMs: 1e12 },
  { type: 'messageSent', messageId: TEXT, to: LAST_ID, message, bytes: MOST },
  { type: 'messageReceived', messageId: 'b', from: LAST_ID, message, bytes: MOST },
  { type: 'messageDropped', messageId: 'c', from: MOST, to: 1, reason: 'unknown-sender', message },
  { type: 'messageDropped', messageId: 'd', from: 0, reason: 'malformed', message },
  { type: 'messageHeld', messageId: TEXT, to: LAST_ID, message, copyOf: TEXT },
  { type: 'messageReleased', messageId: 'e', to: 1, message },
  { type: 'clientWaits', requestId: TEXT, text: TEXT, waitsFor: 'commit', index: MOST, term: MOST },
  { type: 'clientWaits', requestId: '', text: '', waitsFor: 'leader' },
  { type: 'clientDecided', requestId: TEXT, text: TEXT, isApplied: true, detail: TEXT },
  { type: 'linkChanged', from: 'n1', to: 'n15', faults: { ...NO_FAULTS, delayMs: 60_000 } },
  { type: 'partitioned', groups: [['n1'], []] }, { type: 'healed' }, { type: 'labClosed' },
  { type: 'safetyViolated', check: TEXT, section: TEXT, statement: TEXT, message: TEXT, nodes: everybody,
    seenAtSeq: MOST },
  ...everybody.flatMap((id): TraceBody[] => [
    { type: 'progressChanged', progress: progressOf(id) },
    { type: 'voteReceived', voter: id, granted: true, preVote: false, term: MOST, grantedCount: MOST, refusedCount: 1,
      voterCount: MOST },
    { type: 'snapshotSending', to: id, lastIncludedIndex: MOST, lastIncludedTerm: MOST, acknowledgedBytes: MOST,
      bytes: MOST, state: 'underway' },
  ]),
];

const LAB_EVENTS: ReadonlySet<string> = new Set([
  'labOpened', 'labClosed', 'nodeAdded', 'nodeRemoved', 'linkChanged', 'partitioned', 'healed', 'safetyViolated',
]);

describe('the schema of events', () => {
  test('whatever it lets through can be folded, into a view that may be handed on', () => {
    const bodies = fc.array(fc.record({
      body: fc.constantFrom(...EXTREMES), node: fc.constantFrom(1, 15, 1015, LAST_ID), seq: fc.constantFrom(1, 9, MOST),
    }), { maxLength: 30 });
    fc.assert(fc.property(bodies, (all) => {
      const view = emptyView();
      for (const { body, node, seq } of all) {
        const event = { ...body, node: LAB_EVENTS.has(body.type) ? 0 : node, seq, atMs };
        const parsed: TraceEvent = traceEventSchema.parse(event);
        expect(parsed).toEqual(event);
        applyEvent(view, parsed);
      }
      const asItArrives: unknown = JSON.parse(JSON.stringify(view));
      expect(clusterViewSchema.parse(asItArrives)).toEqual(asItArrives);
    }), { numRuns: 200 });
  });

  test('of more servers than a cluster has nothing is kept', () => {
    const view = emptyView();
    for (let incarnation = 1; incarnation <= 2 * PEERS_MAX; incarnation += 1) {
      const id = nodeIdOf(1, incarnation);
      applyEvent(view, { type: 'progressChanged', progress: progressOf(id), seq: incarnation, atMs, node: 2 });
    }
    expect(Object.keys(view.nodes['n2']?.progress ?? {})).toHaveLength(PEERS_MAX);
    const progress = { ...progressOf(1), matchIndex: 7 };
    applyEvent(view, { type: 'progressChanged', progress, seq: 999, atMs, node: 2 });
    expect(view.nodes['n2']?.progress[1]?.matchIndex, 'what is known is kept up to date').toBe(7);
  });

  test('refuses what is beyond each bound, what is missing and what is too much', () => {
    const good = { type: 'commitAdvanced', commitIndex: MOST, previousCommitIndex: 0, atMs };
    expect(nodeTraceEventSchema.safeParse(good).success).toBe(true);
    for (const change of [
      { commitIndex: MOST + 1 }, { commitIndex: -1 }, { commitIndex: 0.5 }, { commitIndex: '1' }, { commitIndex: null },
      { commitIndex: undefined }, { atMs: atMs + 1 }, { atMs: -1 }, { atMs: undefined }, { node: 1 }, { type: 'x' },
      { type: 'labClosed' },
    ]) {
      expect(nodeTraceEventSchema.safeParse({ ...good, ...change }).success, JSON.stringify(change)).toBe(false);
    }
  });

  test('what an earlier version wrote, which held no messages, is read as holding nothing', () => {
    const { hold, ...earlier } = NO_FAULTS;
    expect(hold).toBe('nothing');
    const cut = { ...earlier, down: true };
    const event = { type: 'linkChanged', from: 'n1', to: 'n2', faults: cut, node: 0, seq: 1, atMs };
    expect(traceEventSchema.parse(event)).toMatchObject({ faults: { ...NO_FAULTS, down: true } });
    const { held, ...view } = emptyView();
    expect(clusterViewSchema.parse({ ...view, seq: 1 }).held).toEqual(held);
  });

  test('an identifier is one that a node can have', () => {
    expect([1, 15, 1001, LAST_ID].map(isNodeId)).toEqual([true, true, true, true]);
    expect([0, 16, 1000, 1016, -1, 1.5, NaN, LAST_ID + 1000, 2 ** 53].filter(isNodeId)).toEqual([]);
  });
});
