/** The kinds that events are filtered by, decided by the event's type alone. */
import type { TraceEvent } from './events.ts';

export const EVENT_KINDS = ['elections', 'replication', 'client', 'lab', 'disk', 'messages', 'heartbeats'] as const;
/**
 * `elections`: terms, roles, votes. `replication`: what is appended, committed or applied, and the membership.
 * `client`: commands and their answers. `lab`: nodes and links. `disk`: transactions. `messages`: datagrams, and what a
 * leader learns about its followers from them. `heartbeats`: what happens constantly in an idle cluster.
 */
export type EventKind = (typeof EVENT_KINDS)[number];

const KIND_OF_TYPE: Readonly<Record<TraceEvent['type'], EventKind>> = {
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
  applied: 'replication',
  configurationChanged: 'replication',
  configurationChangeRefused: 'replication',
  snapshotRestored: 'replication',
  logCompacted: 'replication',
  snapshotTaken: 'replication',
  snapshotSending: 'replication',
  snapshotReceiving: 'replication',
  proposalDropped: 'replication',
  clientAsked: 'client',
  clientForwarded: 'client',
  clientAnswered: 'client',
  clientWaits: 'client',
  clientDecided: 'client',
  nodeStarted: 'lab',
  nodeStopped: 'lab',
  nodeCrashed: 'lab',
  nodePaused: 'lab',
  nodeResumed: 'lab',
  nodeWiped: 'lab',
  nodeJoining: 'lab',
  nodeLeaving: 'lab',
  nodeAway: 'lab',
  nodeRestated: 'lab',
  nodeMoved: 'lab',
  nodeFailed: 'lab',
  doorOpened: 'lab',
  doorClosed: 'lab',
  labOpened: 'lab',
  labClosed: 'lab',
  labRenamed: 'lab',
  paceChanged: 'lab',
  leaseReadsChanged: 'lab',
  doorChanged: 'lab',
  variantChanged: 'lab',
  nodeAdded: 'lab',
  nodeRemoved: 'lab',
  machineJoined: 'lab',
  machineLeft: 'lab',
  hostMoved: 'lab',
  wrongCode: 'lab',
  linkChanged: 'lab',
  partitioned: 'lab',
  healed: 'lab',
  safetyViolated: 'lab',
  persisted: 'disk',
  messageSent: 'messages',
  messageReceived: 'messages',
  messageDropped: 'messages',
  messageHeld: 'messages',
  messageReleased: 'messages',
  progressChanged: 'messages',
  readsChanged: 'heartbeats',
  electionTimerReset: 'heartbeats',
  electionTimerStarted: 'heartbeats',
  counters: 'heartbeats',
};

/** The kind of an event. */
export function kindOf(event: TraceEvent): EventKind {
  switch (event.type) {
    case 'messageSent':
    case 'messageReceived':
    case 'messageDropped':
    case 'messageHeld':
    case 'messageReleased': {
      const type = event.message?.type;
      return type === 'Heartbeat' || type === 'HeartbeatResponse' ? 'heartbeats' : 'messages';
    }
    default:
      return KIND_OF_TYPE[event.type];
  }
}

/** Whether an event is important: a person who looked away would want to know about it. */
export function isImportant(event: TraceEvent): boolean {
  switch (event.type) {
    case 'roleChanged':
      return event.role === 'leader' || event.previousRole === 'leader';
    case 'entriesAppended':
      return event.truncatedFrom !== undefined;
    case 'clientAnswered':
      return event.outcome === 'unknown';
    case 'snapshotSending':
      return event.state === 'started' || event.state === 'resumed' || event.state === 'given-up';
    case 'snapshotReceiving':
      return event.state === 'refused';
    case 'doorClosed':
      return event.reason === 'failed';
    case 'clientDecided':
    case 'safetyViolated':
    case 'snapshotRestored':
    case 'configurationChangeRefused':
    case 'nodeCrashed':
    case 'nodeFailed':
    case 'nodeWiped':
    case 'nodeAdded':
    case 'nodeRemoved':
    case 'variantChanged':
    case 'partitioned':
    case 'healed':
      return true;
    default:
      return false;
  }
}
