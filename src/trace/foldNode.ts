/** How one node's events change its view. */
import { NONE } from '../raft/types.ts';
import type { EntrySummary } from '../raft/events.ts';
import type { Index, NodeId } from '../raft/types.ts';
import type { TraceEvent } from './events.ts';
import { incarnationOf, nodeIdOf, nodeNameOf, nodeNumberOf } from './names.ts';
import { COUNT_MAX, LOG_TAIL_MAX, PEERS_MAX } from './view.ts';
import type { LogEntryView, NodeLife, NodeView } from './view.ts';

/** A node without any events yet. */
export function newNodeView(nodeNumber: number, incarnation: number): NodeView {
  const id = nodeIdOf(nodeNumber, incarnation);
  return {
    name: nodeNameOf(id),
    id,
    incarnation,
    life: 'starting',
    failure: null,
    address: '',
    port: 0,
    threadId: 0,
    databasePath: '',
    boot: 0,
    role: 'follower',
    term: 0,
    votedFor: NONE,
    leader: NONE,
    quorumLostInTerm: 0,
    commitIndex: 0,
    lastApplied: 0,
    firstIndex: 1,
    lastIndex: 0,
    transferee: NONE,
    snapshotIndex: 0,
    snapshotTerm: 0,
    snapshotBytes: 0,
    sendingSnapshots: {},
    receivingSnapshot: null,
    tail: [],
    votes: {},
    progress: {},
    reads: null,
    configuration: null,
    change: null,
    electionTimer: null,
    door: null,
    counters: { sent: 0, received: 0, bytesSent: 0, bytesReceived: 0, retransmitted: 0, dropped: {} },
    disk: { transactions: 0, entries: 0, bytes: 0, lastDurationMs: 0 },
  };
}

/** Folds an event into the view of the node where it happened. Events without a visible effect are ignored. */
export function foldNodeEvent(node: NodeView, event: TraceEvent): void {
  // Late events of an earlier incarnation's thread do not concern this one.
  if (incarnationOf(event.node) < node.incarnation) return;
  if (event.type === 'nodeStarted') {
    startNode(node, event);
    return;
  }
  if (event.type === 'nodeRestated') {
    restateNode(node, event);
    return;
  }
  if (event.type === 'nodeWiped') {
    // Sets the fields of the new incarnation in the same object, because others hold it.
    Object.assign(node, newNodeView(nodeNumberOf(event.node), event.incarnation));
    return;
  }
  switch (event.type) {
    case 'nodeStopped':
      endNode(node, 'stopped');
      return;
    case 'nodeCrashed':
      endNode(node, 'crashed');
      return;
    case 'nodeMoved':
      node.port = event.port;
      return;
    case 'doorOpened':
      node.door = { address: event.address, port: event.port };
      return;
    case 'doorClosed':
      node.door = null;
      return;
    case 'nodeAway':
      endNode(node, 'away');
      node.failure = {
        code: 'machine-away',
        message: `${event.machine} is not connected. ${node.name} may run on there, and as a voter it still counts. `
          + 'If it does not come back, remove it from the cluster.',
      };
      return;
    case 'nodeFailed':
      endNode(node, 'failed');
      node.failure = { code: event.code, message: event.message };
      return;
    case 'nodePaused':
      node.life = 'paused';
      node.electionTimer = null;
      return;
    case 'nodeResumed':
      node.life = 'running';
      return;
    case 'electionTimerStarted':
      node.electionTimer = node.role === 'leader' ? null : { startedAtMs: event.atMs, timeoutMs: event.timeoutMs };
      return;
    case 'termChanged':
      node.term = event.term;
      node.votedFor = NONE;
      node.votes = {};
      return;
    case 'roleChanged':
      changeRole(node, event);
      return;
    case 'leaderChanged':
      followLeader(node, event.leader);
      return;
    case 'quorumLost':
      node.quorumLostInTerm = event.term;
      return;
    case 'voteGranted':
      if (!event.preVote) node.votedFor = event.candidate;
      return;
    case 'voteReceived':
      receiveVote(node, event);
      return;
    case 'entriesAppended':
      appendEntries(node, event.entries, event.truncatedFrom);
      return;
    case 'commitAdvanced':
      node.commitIndex = event.commitIndex;
      return;
    case 'applied':
      node.lastApplied = event.index;
      return;
    case 'progressChanged':
      keep(node.progress, event.progress.id, event.progress);
      return;
    case 'configurationChanged':
      node.configuration = event.configuration;
      forgetFormerMembers(node);
      return;
    case 'readsChanged':
      node.reads = { ...event.reads, toldAtMs: event.atMs };
      return;
    case 'nodeJoining':
    case 'nodeLeaving':
      node.change = isOver(event.step) ? null : { step: event.step, detail: event.detail };
      return;
    case 'snapshotRestored':
      node.firstIndex = event.lastIncludedIndex + 1;
      node.lastIndex = event.lastIncludedIndex;
      node.tail = [];
      node.commitIndex = Math.max(node.commitIndex, event.lastIncludedIndex);
      node.lastApplied = Math.max(node.lastApplied, event.lastIncludedIndex);
      node.snapshotIndex = event.lastIncludedIndex;
      node.snapshotTerm = event.lastIncludedTerm;
      node.snapshotBytes = node.receivingSnapshot?.bytes ?? 0;
      node.receivingSnapshot = null;
      return;
    case 'snapshotTaken':
      node.snapshotIndex = event.lastIncludedIndex;
      node.snapshotTerm = event.lastIncludedTerm;
      node.snapshotBytes = event.bytes;
      return;
    case 'leadershipTransferStarted':
      node.transferee = event.transferee;
      return;
    case 'leadershipTransferAborted':
      node.transferee = NONE;
      return;
    case 'snapshotSending':
      sendSnapshot(node, event);
      return;
    case 'snapshotReceiving':
      receiveSnapshot(node, event);
      return;
    case 'logCompacted':
      node.firstIndex = event.firstIndex;
      node.tail = node.tail.filter((entry) => entry.index >= event.firstIndex);
      return;
    case 'persisted':
      node.disk.transactions = sum(node.disk.transactions, event.transactionCount ?? 1);
      node.disk.entries = sum(node.disk.entries, event.entryCount);
      node.disk.bytes = sum(node.disk.bytes, event.bytes);
      node.disk.lastDurationMs = event.durationMs;
      return;
    case 'counters':
      node.counters = event.counters;
      return;
    default: // an event only for words (words.ts), without a lasting effect on the picture
  }
}

/** Adds counts, limited to the numbers that a view may hold, whatever a node reports. */
function sum(count: number, more: number): number {
  return Math.min(count + more, COUNT_MAX);
}

/** Records something about another node; ignores more nodes than a cluster ever has. */
function keep<Value>(record: Record<NodeId, Value>, id: NodeId, value: Value): void {
  if (Object.hasOwn(record, id) || Object.keys(record).length < PEERS_MAX) record[id] = value;
}

function restateNode(node: NodeView, event: TraceEvent & { type: 'nodeRestated' }): void {
  startNode(node, event);
  node.role = event.role;
  node.leader = event.leader;
  node.lastApplied = event.lastApplied;
  node.configuration = event.configuration;
  node.progress = Object.fromEntries(event.progress.map((progress) => [progress.id, progress]));
}

function startNode(node: NodeView, event: TraceEvent & { type: 'nodeStarted' | 'nodeRestated' }): void {
  const { hardState } = event;
  Object.assign(node, newNodeView(nodeNumberOf(event.node), incarnationOf(event.node)), {
    life: 'running' satisfies NodeLife,
    address: event.address,
    port: event.port,
    threadId: event.threadId,
    databasePath: event.databasePath,
    boot: event.boot,
    term: hardState.currentTerm,
    votedFor: hardState.votedFor,
    commitIndex: hardState.commitIndex,
    firstIndex: event.firstIndex,
    lastIndex: event.lastIndex,
    snapshotIndex: event.snapshotIndex ?? 0,
    lastApplied: event.snapshotIndex ?? 0,
    tail: event.tail.slice(-LOG_TAIL_MAX).map(entryView),
    configuration: node.configuration,
    change: node.change,
  });
}

/** The node no longer runs. Its last term and log stay visible; it neither leads nor follows. */
function endNode(node: NodeView, life: NodeLife): void {
  node.life = life;
  node.role = 'follower';
  node.leader = NONE;
  node.quorumLostInTerm = 0;
  node.votes = {};
  node.progress = {};
  forgetLeading(node);
  node.electionTimer = null;
  node.door = null;
  node.sendingSnapshots = {};
  node.receivingSnapshot = null;
}

function sendSnapshot(node: NodeView, event: TraceEvent & { type: 'snapshotSending' }): void {
  const { to, lastIncludedIndex, acknowledgedBytes, bytes, state } = event;
  if (state === 'finished' || state === 'given-up' || state === 'cancelled') {
    Reflect.deleteProperty(node.sendingSnapshots, to);
  } else {
    keep(node.sendingSnapshots, to, { peer: to, lastIncludedIndex, arrivedBytes: acknowledgedBytes, bytes });
  }
}

function receiveSnapshot(node: NodeView, event: TraceEvent & { type: 'snapshotReceiving' }): void {
  const { from, lastIncludedIndex, receivedBytes, bytes, state } = event;
  node.receivingSnapshot = state === 'refused' || state === 'cancelled'
    ? null
    : { peer: from, lastIncludedIndex, arrivedBytes: receivedBytes, bytes };
}

function changeRole(node: NodeView, event: TraceEvent & { type: 'roleChanged' }): void {
  node.role = event.role;
  node.term = event.term;
  followLeader(node, event.leader);
  node.votes = {};
  if (event.role === 'candidate') node.votedFor = node.id; // a candidate votes for itself (Raft §5.2)
  if (event.role === 'leader') node.electionTimer = null;
  else node.progress = {};
  forgetLeading(node);
}

/** With a leader, the own leadership that was lost is a thing of the past. */
function followLeader(node: NodeView, leader: NodeId): void {
  node.leader = leader;
  if (leader !== NONE) node.quorumLostInTerm = 0;
}

/** A new leader, and one that leads no more: what it said of its reads and of a transfer is over. */
function forgetLeading(node: NodeView): void {
  node.reads = null;
  node.transferee = NONE;
}

/** Whether a membership change ends with this step. */
function isOver(step: (TraceEvent & { type: 'nodeJoining' | 'nodeLeaving' })['step']): boolean {
  return step === 'joined' || step === 'demoted' || step === 'removed';
}

function receiveVote(node: NodeView, event: TraceEvent & { type: 'voteReceived' }): void {
  // The first answer of an attempt: older votes are from the attempt before, in the same role.
  if (event.grantedCount + event.refusedCount === 1) node.votes = {};
  keep(node.votes, event.voter, event.granted);
  if (event.voter === node.id && event.granted && !event.preVote) node.votedFor = node.id;
}

function appendEntries(node: NodeView, entries: readonly EntrySummary[], truncatedFrom: Index | undefined): void {
  const from = Math.min(truncatedFrom ?? Infinity, entries[0]?.index ?? Infinity);
  if (from === Infinity) return;
  const firstReplaced = node.tail.findIndex((entry) => entry.index >= from);
  if (firstReplaced !== -1) node.tail.length = firstReplaced;
  for (const entry of entries) node.tail.push(entryView(entry));
  if (node.tail.length > LOG_TAIL_MAX) node.tail.splice(0, node.tail.length - LOG_TAIL_MAX);
  node.lastIndex = entries.at(-1)?.index ?? from - 1;
}

function forgetFormerMembers(node: NodeView): void {
  const { configuration } = node;
  if (configuration === null) return;
  const members = new Set([...configuration.voters, ...configuration.votersOutgoing, ...configuration.learners]);
  for (const { id } of Object.values(node.progress)) {
    if (!members.has(id)) Reflect.deleteProperty(node.progress, id);
  }
}

function entryView({ index, term, type, bytes }: EntrySummary): LogEntryView {
  return { index, term, type, bytes };
}
