/** Views of clusters for the stage's tests: plain data, as the fold would have made it. */
import type { LinkFaults, MessageSummary } from '../../../src/trace/events.ts';
import { NO_FAULTS } from '../../../src/trace/events.ts';
import { emptyView } from '../../../src/trace/fold.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import type { ClusterView, NodeView } from '../../../src/trace/view.ts';

/** A running follower of term 1 with three committed entries, changed as told. */
export function nodeView(number: number, changes: Partial<NodeView> = {}): NodeView {
  const lastIndex = changes.lastIndex ?? 3;
  return {
    name: `n${number}`, id: number, incarnation: 1, life: 'running', failure: null, address: '127.0.0.1',
    port: 47_000 + number, threadId: number, databasePath: `/data/n${number}/raft.db`, boot: 1,
    role: 'follower', term: 1, votedFor: 0, leader: 1, quorumLostInTerm: 0,
    commitIndex: 3, lastApplied: 3, firstIndex: 1, lastIndex,
    tail: Array.from({ length: lastIndex }, (_, index) => ({ index: index + 1, term: 1, type: 'command', bytes: 10 })),
    snapshotIndex: 0, sendingSnapshots: {}, receivingSnapshot: null,
    votes: {}, progress: {}, reads: null, configuration: null, change: null, transferee: 0, snapshotTerm: 0,
    snapshotBytes: 0, electionTimer: null, door: null,
    counters: { sent: 0, received: 0, bytesSent: 0, bytesReceived: 0, retransmitted: 0, dropped: {} },
    disk: { transactions: 0, entries: 0, bytes: 0, lastDurationMs: 0 },
    ...changes,
  };
}

/** A cluster whose first node leads, each node changed as told. */
export function clusterView(count: number, changes: Readonly<Record<NodeName, Partial<NodeView>>> = {}): ClusterView {
  const ids = Array.from({ length: count }, (_, position) => position + 1);
  const configuration = { voters: ids, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
  const view = emptyView();
  view.labId = 'demo';
  for (const id of ids) {
    const name: NodeName = `n${id}`;
    view.nodes[name] = nodeView(id, { configuration, ...(id === 1 ? { role: 'leader' } : {}), ...changes[name] });
  }
  return view;
}

/** Sets faults on the link from one node to another. */
export function setFaults(view: ClusterView, from: NodeName, to: NodeName, faults: Partial<LinkFaults>): void {
  view.links[`${from}>${to}`] = { from, to, faults: { ...NO_FAULTS, ...faults } };
}

/** Cuts every link between nodes of different groups, both ways. */
export function cutBetween(view: ClusterView, groups: readonly (readonly NodeName[])[]): void {
  const groupOf = (name: NodeName): number => groups.findIndex((group) => group.includes(name));
  const names = Object.values(view.nodes).map((node) => node.name);
  for (const from of names) {
    for (const to of names) if (groupOf(from) !== groupOf(to)) setFaults(view, from, to, { down: true });
  }
}

export const message = (type: MessageSummary['type'], changes: Partial<MessageSummary> = {}): MessageSummary =>
  ({ type, term: 1, ...changes });
