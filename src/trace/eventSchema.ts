/** What a trace event may hold, field by field: events from other machines are checked here before they are folded. */
import { z } from 'zod';
import type { EntrySummary, LeaderReads, VoteRefusal } from '../raft/events.ts';
import type { Configuration, EntryType, HardState, ProgressState, ProgressStatus, Role } from '../raft/types.ts';
import type { DoorClosing } from './door.ts';
import type {
  Circumstances, ClientOutcome, ClientWait, DatagramCounters, DropReason, EventCause, LabEvent, MessageSummary,
  NodeTraceEvent, TraceBody, TraceEvent,
} from './events.ts';
import {
  anyOf, doorPlace, doorSettings, durationMs, flag, incarnation, linkFaults, maybe, messageKind, nodeId, nodeIdOrNone,
  nodeIds, nodeName, nodeNames, objectOf, oneOf, pace, path, portOrNone, raftVariant, short, text, timeMs, udpPort,
  whole,
} from './schemaParts.ts';
import type { FieldsOf, KindsOf } from './schemaParts.ts';
import { COUNT_MAX, LOG_TAIL_MAX, PEERS_MAX } from './view.ts';

/** The index of an entry: the first one has 1. */
const index = z.int().min(1).max(COUNT_MAX);

export const role = oneOf<Role>({ follower: true, 'pre-candidate': true, candidate: true, leader: true });
export const entrySummary = objectOf<EntrySummary>({
  index, term: whole, bytes: whole,
  type: oneOf<EntryType>({ command: true, 'no-op': true, configuration: true }),
});
/** Longer lists are reported in several events (node/trace/traceBuffer.ts). */
export const entries = z.array(entrySummary).max(LOG_TAIL_MAX);
const hardState = objectOf<HardState>({ currentTerm: whole, votedFor: nodeIdOrNone, commitIndex: whole });
export const configuration = objectOf<Configuration>({
  voters: nodeIds, votersOutgoing: nodeIds, learners: nodeIds, learnersNext: nodeIds, autoLeave: flag,
});
export const progress = objectOf<ProgressStatus>({
  id: nodeId, matchIndex: whole, nextIndex: whole, isLearner: flag, recentActive: flag, silent: flag,
  state: oneOf<ProgressState>({ probe: true, replicate: true, snapshot: true }),
  inflightMessages: whole, inflightFull: flag, pendingSnapshot: whole, paused: flag,
});
export const leaderReads: FieldsOf<LeaderReads> = {
  leaseHeld: flag, leaseEndsInTicks: whole, waiting: whole, confirmedByRound: whole, confirmedByLease: whole,
  confirmedAsSoleVoter: whole,
};
export const messageSummary = objectOf<MessageSummary>({
  type: messageKind,
  term: whole, logIndex: maybe(whole), logTerm: maybe(whole), entryCount: maybe(whole), leaderCommit: maybe(whole),
  matchIndex: maybe(whole), rejected: maybe(flag), hintIndex: maybe(whole), voteGranted: maybe(flag),
  snapshotBytes: maybe(whole), offset: maybe(whole), chunkBytes: maybe(whole),
});
const dropReason = oneOf<DropReason>({
  cut: true, loss: true, 'by-hand': true, 'hold-full': true, 'queue-full': true, 'too-long': true, 'too-short': true,
  'bad-magic': true, 'other-version': true, 'other-lab': true, 'not-sealed': true, 'bad-seal': true, malformed: true,
  flooded: true, 'unknown-sender': true, 'not-for-me': true, duplicate: true, incomplete: true, 'send-failed': true,
});
export const counters = objectOf<DatagramCounters>({
  sent: whole, received: whole, bytesSent: whole, bytesReceived: whole, retransmitted: whole,
  dropped: z.partialRecord(dropReason, whole),
});

type BodyOf<Type extends TraceBody['type']> = Extract<TraceBody, { readonly type: Type }>;

const whereItStands = {
  address: short, port: portOrNone, threadId: whole, databasePath: path, boot: whole, hardState, firstIndex: whole,
  lastIndex: whole, snapshotIndex: maybe(whole), tail: entries,
};

const NODE_EVENTS: KindsOf<Exclude<TraceBody, LabEvent>> = {
  electionTimerReset: { timeoutTicks: whole },
  electionTimerStarted: { timeoutMs: durationMs },
  termChanged: { term: whole, previousTerm: whole },
  roleChanged: {
    role, previousRole: role, term: whole, leader: nodeIdOrNone, votes: nodeIds, voterCount: whole, reason: text,
  },
  leaderChanged: { leader: nodeIdOrNone, term: whole },
  voteGranted: { candidate: nodeId, term: whole, preVote: flag },
  voteRefused: {
    candidate: nodeId, term: whole, preVote: flag,
    reason: oneOf<VoteRefusal>({
      'already-voted': true, 'leader-known': true, 'log-not-up-to-date': true, 'leader-lease': true, 'stale-term': true,
    }),
  },
  voteReceived: {
    voter: nodeId, granted: flag, preVote: flag, term: whole, grantedCount: whole, refusedCount: whole,
    voterCount: whole,
  },
  // JSON omits undefined fields.
  entriesAppended: { entries, truncatedFrom: z.optional(index) },
  appendRejected: { from: nodeId, prevLogIndex: whole, hintIndex: whole },
  commitAdvanced: { commitIndex: whole, previousCommitIndex: whole },
  progressChanged: { progress },
  configurationChanged: { configuration },
  snapshotRestored: { lastIncludedIndex: whole, lastIncludedTerm: whole },
  logCompacted: { firstIndex: whole },
  quorumLost: { term: whole },
  readsChanged: { reads: objectOf<LeaderReads>(leaderReads) },
  leadershipTransferStarted: { transferee: nodeIdOrNone },
  leadershipTransferAborted: { transferee: nodeIdOrNone },
  proposalDropped: { reason: text },
  configurationChangeRefused: { reason: text },
  nodeStarted: { name: nodeName, incarnation, ...whereItStands, openMs: durationMs },
  nodeStopped: {},
  nodeCrashed: {},
  nodePaused: {},
  nodeResumed: {},
  nodeWiped: { incarnation },
  nodeJoining: {
    step: oneOf<BodyOf<'nodeJoining'>['step']>({
      waiting: true, adding: true, 'catching-up': true, promoting: true, joined: true,
    }),
    detail: text,
  },
  nodeLeaving: {
    step: oneOf<BodyOf<'nodeLeaving'>['step']>({
      waiting: true, 'handing-over': true, demoting: true, removing: true, demoted: true, removed: true,
    }),
    detail: text,
  },
  nodeAway: { machine: short },
  nodeRestated: {
    ...whereItStands, role, leader: nodeIdOrNone, lastApplied: whole, configuration,
    progress: z.array(progress).max(PEERS_MAX),
  },
  nodeMoved: { port: udpPort, reason: z.enum(['flooded', 'calm']) },
  nodeFailed: { code: short, message: path },
  doorOpened: doorPlace,
  doorClosed: { reason: oneOf<DoorClosing>({ off: true, failed: true }), message: maybe(text) },
  messageSent: { messageId: short, to: nodeId, message: messageSummary, bytes: whole },
  messageReceived: { messageId: short, from: nodeId, message: messageSummary, bytes: whole },
  messageDropped: {
    messageId: maybe(short),
    // The sender has not been verified.
    from: maybe(whole),
    to: maybe(nodeId), reason: dropReason, message: maybe(messageSummary),
  },
  messageHeld: { messageId: short, to: nodeId, message: messageSummary, copyOf: maybe(short) },
  messageReleased: { messageId: short, to: nodeId, message: messageSummary },
  persisted: {
    transactionCount: maybe(whole), entryCount: whole, bytes: whole, hardStateChanged: flag, lastIndex: whole,
    durationMs,
  },
  applied: { index: whole, term: whole, text },
  counters: { counters },
  snapshotTaken: { lastIncludedIndex: whole, lastIncludedTerm: whole, bytes: whole, durationMs },
  snapshotSending: {
    to: nodeId, lastIncludedIndex: whole, lastIncludedTerm: whole, acknowledgedBytes: whole, bytes: whole,
    state: oneOf<BodyOf<'snapshotSending'>['state']>({
      started: true, resumed: true, underway: true, finished: true, 'given-up': true, cancelled: true,
    }),
  },
  snapshotReceiving: {
    from: nodeId, lastIncludedIndex: whole, lastIncludedTerm: whole, receivedBytes: whole, bytes: whole,
    state: oneOf<BodyOf<'snapshotReceiving'>['state']>({
      underway: true, complete: true, refused: true, cancelled: true,
    }),
  },
  clientAsked: { requestId: short, client: short, text },
  clientForwarded: { requestId: short, to: nodeId, text: maybe(text) },
  clientAnswered: {
    requestId: short, text, outcome: oneOf<ClientOutcome>({ ok: true, refused: true, unknown: true }), detail: text,
    totalMs: durationMs,
  },
  clientWaits: {
    requestId: short, text,
    waitsFor: oneOf<ClientWait>({ leader: true, session: true, commit: true, 'read-index': true, apply: true }),
    index: maybe(whole), term: maybe(whole),
  },
  clientDecided: { requestId: short, text, isApplied: flag, detail: text },
};

const LAB_EVENTS: KindsOf<LabEvent> = {
  labOpened: {
    labId: short, name: short, pace, nodes: nodeNames, incarnations: maybe(z.array(incarnation).max(PEERS_MAX)),
    variant: maybe(raftVariant), rulesOff: maybe(z.array(short).max(PEERS_MAX)), leaseReads: maybe(flag),
    door: maybe(doorSettings), seed: maybe(whole),
  },
  labClosed: {},
  labRenamed: { name: short },
  paceChanged: { pace },
  leaseReadsChanged: { enabled: flag },
  doorChanged: { door: doorSettings },
  variantChanged: { variant: raftVariant },
  nodeAdded: { name: nodeName, incarnation },
  nodeRemoved: { name: nodeName },
  machineJoined: { machine: short, role: short },
  machineLeft: { machine: short, reason: text },
  hostMoved: {},
  wrongCode: { tries: whole },
  linkChanged: { from: nodeName, to: nodeName, faults: linkFaults },
  partitioned: { groups: z.array(nodeNames).max(PEERS_MAX) },
  healed: {},
  safetyViolated: {
    check: short, section: short, statement: text, message: text, nodes: nodeIds, term: maybe(whole),
    index: maybe(whole), seenAtSeq: whole,
  },
};

const cause: z.ZodType<EventCause> = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('message'), messageId: short }),
  z.strictObject({ by: z.literal('request'), requestId: maybe(short) }),
  z.strictObject({ by: z.literal('timer') }),
  z.strictObject({ by: z.literal('disk') }),
]);
const circumstances: FieldsOf<Circumstances> = { turn: maybe(whole), cause: maybe(cause) };

/** An event as a node reports it. */
export const nodeTraceEventSchema = anyOf<NodeTraceEvent>(
  withFields<Exclude<TraceBody, LabEvent>, Circumstances & { readonly atMs: number }>(
    NODE_EVENTS, { atMs: timeMs, ...circumstances }));

type Numbered = Pick<TraceEvent, 'seq' | 'atMs' | 'node' | 'turn' | 'cause'>;
const numbered = { seq: z.int().min(1).max(COUNT_MAX), atMs: timeMs, ...circumstances };

/** An event of a lab's trace. */
export const traceEventSchema = anyOf<TraceEvent>({
  ...withFields<Exclude<TraceBody, LabEvent>, Numbered>(NODE_EVENTS, { ...numbered, node: nodeId }),
  ...withFields<LabEvent, Numbered>(LAB_EVENTS, { ...numbered, node: z.literal(0) }),
});

/** Adds common fields to all kinds of events. */
function withFields<Body extends TraceBody, Common extends object>(
  kinds: KindsOf<Body>, common: FieldsOf<Common>,
): KindsOf<Body & Common> {
  const all = Object.entries<object>(kinds).map(([type, fields]) => [type, { ...fields, ...common }]);
  return Object.fromEntries(all) as KindsOf<Body & Common>;
}
