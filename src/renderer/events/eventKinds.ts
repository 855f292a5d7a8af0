/** The kinds that events are filtered by. Decided by the type alone, so that a filter costs two look-ups an event. */
import type { TraceEvent } from '../../trace/events.ts';

export const EVENT_KINDS = ['elections', 'replication', 'client', 'lab', 'disk', 'messages', 'heartbeats'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** What a kind is called in the window, and what it holds. */
export const KIND_LABELS: Readonly<Record<EventKind, { readonly label: string; readonly hint: string }>> = {
  elections: { label: 'elections', hint: 'terms, roles, votes' },
  replication: { label: 'replication', hint: 'entries appended, committed, applied; progress of followers' },
  client: { label: 'client', hint: 'commands asked, forwarded, answered' },
  lab: { label: 'lab', hint: 'nodes started, crashed, paused; links, partitions, pace' },
  disk: { label: 'disk', hint: 'transactions committed to SQLite' },
  messages: { label: 'messages', hint: 'datagrams sent, received and dropped, but for heartbeats' },
  heartbeats: { label: 'heartbeats', hint: 'heartbeats, their answers, election timers and counters' },
};

/** What a person wants to read first; the rest comes many times a second even in a cluster at rest. */
export const DEFAULT_KINDS: ReadonlySet<EventKind> = new Set<EventKind>(['elections', 'replication', 'client', 'lab']);

/** Messages are told apart by what they carry. */
type KindOfType = EventKind | 'message';

const KIND_OF_TYPE: Readonly<Record<TraceEvent['type'], KindOfType>> = {
  termChanged: 'elections',
  roleChanged: 'elections',
  leaderChanged: 'elections',
  voteGranted: 'elections',
  voteRefused: 'elections',
  voteReceived: 'elections',
  quorumLost: 'elections',
  leadershipTransferStarted: 'elections',
  leadershipTransferAborted: 'elections',
  entriesAppended: 'replication',
  appendRejected: 'replication',
  commitAdvanced: 'replication',
  progressChanged: 'replication',
  configurationChanged: 'replication',
  configurationChangeRefused: 'replication',
  snapshotRestored: 'replication',
  logCompacted: 'replication',
  proposalDropped: 'replication',
  applied: 'replication',
  clientAsked: 'client',
  clientForwarded: 'client',
  clientAnswered: 'client',
  nodeStarted: 'lab',
  nodeJoining: 'lab',
  nodeStopped: 'lab',
  nodeCrashed: 'lab',
  nodePaused: 'lab',
  nodeResumed: 'lab',
  nodeWiped: 'lab',
  nodeFailed: 'lab',
  labOpened: 'lab',
  labClosed: 'lab',
  paceChanged: 'lab',
  linkChanged: 'lab',
  partitioned: 'lab',
  healed: 'lab',
  persisted: 'disk',
  messageSent: 'message',
  messageReceived: 'message',
  messageDropped: 'message',
  electionTimerReset: 'heartbeats',
  electionTimerStarted: 'heartbeats',
  counters: 'heartbeats',
};

/** The kind of an event. */
export function kindOf(event: TraceEvent): EventKind {
  const kind = KIND_OF_TYPE[event.type];
  return kind === 'message' ? kindOfMessage(event) : kind;
}

function kindOfMessage(event: TraceEvent): EventKind {
  const message = 'message' in event && typeof event.message === 'object' ? event.message : undefined;
  return message?.type === 'Heartbeat' || message?.type === 'HeartbeatResponse' ? 'heartbeats' : 'messages';
}

/** Whether an event belongs to the traffic that goes on all the time, rather than to the story of the cluster. */
export function isRoutine(event: TraceEvent): boolean {
  const kind = KIND_OF_TYPE[event.type];
  return kind === 'message' || kind === 'heartbeats';
}
