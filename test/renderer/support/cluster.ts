/** A cluster of a few nodes as trace events, and its view, for tests of the window. */
import type { AttachAnswer, DiskPage } from '../../../src/contract/answers.ts';
import { applyEvent, emptyView } from '../../../src/trace/fold.ts';
import type { TraceBody, TraceEvent } from '../../../src/trace/events.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import { traceEvent } from './manualBridge.ts';

const LAST_INDEX = 3;

function started(name: NodeName, number: number): TraceBody {
  return {
    type: 'nodeStarted', name, incarnation: 1, address: '127.0.0.1', port: 47_000 + number, threadId: number,
    databasePath: `/data/labs/demo/${name}/raft.db`, boot: 1, firstIndex: 1, lastIndex: LAST_INDEX, openMs: 3,
    hardState: { currentTerm: 2, votedFor: 0, commitIndex: 2 },
    tail: [1, 2, 3].map((index) => ({ index, term: index === 1 ? 1 : 2, type: 'command', bytes: 20 })),
  };
}

/** The events of a lab's first moments: nodes started, `leader` elected in term 2. */
export function openingEvents(nodeCount = 3, leader = 1): TraceEvent[] {
  const names = Array.from({ length: nodeCount }, (_, position): NodeName => `n${position + 1}`);
  const ids = names.map((_, position) => position + 1);
  const bodies: [TraceBody, number][] = [
    [{ type: 'labOpened', labId: 'demo', name: 'Demo', pace: 'class', nodes: names }, 0],
    ...names.map((name, position): [TraceBody, number] => [started(name, position + 1), position + 1]),
    ...ids.map((id): [TraceBody, number] => [{
      type: 'configurationChanged',
      configuration: { voters: ids, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
    }, id]),
    [{
      type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 2, leader, votes: ids,
      voterCount: nodeCount, reason: 'a majority voted for it',
    }, leader],
    ...ids.filter((id) => id !== leader).map((id): [TraceBody, number] =>
      [{ type: 'leaderChanged', leader, term: 2 }, id]),
    ...ids.filter((id) => id !== leader).map((id): [TraceBody, number] => [{
      type: 'progressChanged',
      progress: {
        id, state: 'replicate', matchIndex: 3, nextIndex: 4, isLearner: false, recentActive: true, silent: false,
        inflightMessages: 0,
        inflightFull: false, pendingSnapshot: 0, paused: false,
      },
    }, leader]),
    [{ type: 'commitAdvanced', commitIndex: 2, previousCommitIndex: 0 }, leader],
  ];
  return bodies.map(([body, node], position) => traceEvent(position + 1, body, node));
}

/** What attaching answers after these events. */
export function attachAnswer(events: readonly TraceEvent[]): AttachAnswer {
  const view = emptyView();
  for (const event of events) applyEvent(view, event);
  return { view, recentEvents: [...events] };
}

/** A node's file: three entries, the last of them not committed. */
export function diskPage(name: NodeName, changes: Partial<DiskPage> = {}): DiskPage {
  return {
    databasePath: `/data/labs/demo/${name}/raft.db`,
    fileBytes: 45_056,
    walBytes: 4120,
    identity: { labId: 'demo', id: Number(name.slice(1)), incarnation: 1, boot: 1 },
    hardState: { currentTerm: 2, votedFor: 1, commitIndex: 2 },
    firstIndex: 1,
    lastIndex: LAST_INDEX,
    snapshotIndex: 0,
    snapshotTerm: 0,
    snapshotBytes: 0,
    rows: [
      { index: 3, term: 2, type: 'command', bytes: 30, text: 'put colour "teal"', client: 'c1 #2' },
      { index: 2, term: 2, type: 'no-op', bytes: 0, text: '', client: null },
      { index: 1, term: 1, type: 'command', bytes: 30, text: 'put owner "ada"', client: 'c1 #1' },
    ],
    ...changes,
  };
}
