/** What a node of another machine may say, field by field: every window of the lab folds its events. */
import { z } from 'zod';
import type { NodeToLab } from '../../node/protocol.ts';
import type { NodeTraceBody } from '../../node/protocol.ts';
import { isNodeName } from '../../trace/names.ts';
import { kvAnswerSchema, kvPageSchema, sessionsPageSchema, transferAnswerSchema } from './answerSchemas.ts';

const EVENTS_PER_BATCH_MAX = 20_000;
const TEXT_MAX = 2000;

const whole = z.int().nonnegative();
const id = z.int().nonnegative();
const ids = z.array(id).max(64);
const text = z.string().max(TEXT_MAX);
const flag = z.boolean();
const timeMs = z.number();
const port = z.int().min(1).max(65_535);
const role = z.enum(['follower', 'pre-candidate', 'candidate', 'leader']);
const hardState = z.strictObject({ currentTerm: whole, votedFor: id, commitIndex: whole });
const entry = z.strictObject({
  index: whole, term: whole, type: z.enum(['command', 'no-op', 'configuration']), bytes: whole,
});
const entries = z.array(entry).max(10_000);
const configuration = z.strictObject({
  voters: ids, votersOutgoing: ids, learners: ids, learnersNext: ids, autoLeave: flag,
});
const progress = z.strictObject({
  id, state: z.enum(['probe', 'replicate', 'snapshot']), matchIndex: whole, nextIndex: whole, isLearner: flag,
  recentActive: flag, silent: flag, inflightMessages: whole, inflightFull: flag, pendingSnapshot: whole, paused: flag,
});
const message = z.looseObject({ type: z.string().max(40), term: whole });
const reason = z.string().max(40);
const counters = z.looseObject({
  sent: whole, received: whole, bytesSent: whole, bytesReceived: whole, dropped: z.record(reason, whole),
});

/** The fields of each kind of event, but for `type` and `atMs`. A kind that is missing here is a type error. */
const FIELDS: Readonly<Record<NodeTraceBody['type'], z.ZodRawShape>> = {
  electionTimerReset: { timeoutTicks: whole },
  electionTimerStarted: { timeoutMs: timeMs },
  termChanged: { term: whole, previousTerm: whole },
  roleChanged: {
    role, previousRole: role, term: whole, leader: id, votes: ids, voterCount: whole, reason: text,
  },
  leaderChanged: { leader: id, term: whole },
  voteGranted: { candidate: id, term: whole, preVote: flag },
  voteRefused: { candidate: id, term: whole, preVote: flag, reason },
  voteReceived: {
    voter: id, granted: flag, preVote: flag, term: whole, grantedCount: whole, refusedCount: whole, voterCount: whole,
  },
  entriesAppended: { entries, truncatedFrom: whole.optional() },
  appendRejected: { from: id, prevLogIndex: whole, hintIndex: whole },
  commitAdvanced: { commitIndex: whole, previousCommitIndex: whole },
  progressChanged: { progress },
  configurationChanged: { configuration },
  snapshotRestored: { lastIncludedIndex: whole, lastIncludedTerm: whole },
  logCompacted: { firstIndex: whole },
  snapshotTaken: { lastIncludedIndex: whole, lastIncludedTerm: whole, bytes: whole, durationMs: timeMs },
  snapshotSending: {
    to: id, lastIncludedIndex: whole, lastIncludedTerm: whole, acknowledgedBytes: whole, bytes: whole,
    state: z.enum(['started', 'resumed', 'underway', 'finished', 'given-up', 'cancelled']),
  },
  snapshotReceiving: {
    from: id, lastIncludedIndex: whole, lastIncludedTerm: whole, receivedBytes: whole, bytes: whole,
    state: z.enum(['underway', 'complete', 'refused', 'cancelled']),
  },
  quorumLost: { term: whole },
  readsChanged: {
    reads: z.looseObject({
      leaseHeld: flag, leaseEndsInTicks: whole, waiting: whole, confirmedByRound: whole, confirmedByLease: whole,
      confirmedAsSoleVoter: whole,
    }),
  },
  leadershipTransferStarted: { transferee: id },
  leadershipTransferAborted: { transferee: id },
  proposalDropped: { reason: text },
  configurationChangeRefused: { reason: text },
  nodeStarted: {
    name: z.string().refine(isNodeName), incarnation: whole, address: text, port: whole, threadId: whole,
    databasePath: text, boot: whole, hardState, firstIndex: whole, lastIndex: whole, snapshotIndex: whole.optional(),
    tail: z.array(entry).max(64), openMs: timeMs,
  },
  nodeStopped: {},
  nodeCrashed: {},
  nodePaused: {},
  nodeResumed: {},
  nodeWiped: { incarnation: whole },
  nodeJoining: { step: reason, detail: text },
  nodeLeaving: { step: reason, detail: text },
  nodeAway: { machine: text },
  nodeRestated: {
    address: text, port: whole, threadId: whole, databasePath: text, boot: whole, hardState, firstIndex: whole,
    lastIndex: whole, snapshotIndex: whole.optional(), tail: z.array(entry).max(64), role, leader: id,
    lastApplied: whole, configuration, progress: z.array(progress).max(64),
  },
  nodeMoved: { port, reason: z.enum(['flooded', 'calm']) },
  nodeFailed: { code: reason, message: text },
  messageSent: { messageId: reason, to: id, message, bytes: whole },
  messageReceived: { messageId: reason, from: id, message, bytes: whole },
  messageDropped: {
    messageId: reason.optional(), from: id.optional(), to: id.optional(), reason, message: message.optional(),
  },
  persisted: {
    transactionCount: whole.optional(), entryCount: whole, bytes: whole, hardStateChanged: flag, lastIndex: whole,
    durationMs: timeMs,
  },
  applied: { index: whole, term: whole, text },
  counters: { counters },
  clientAsked: { requestId: reason, client: reason, text },
  clientForwarded: { requestId: reason, to: id, text: text.optional() },
  clientAnswered: { requestId: reason, text, outcome: reason, detail: text, totalMs: timeMs },
};

const KINDS = new Map<string, z.ZodType>(
  Object.entries(FIELDS).map(([type, fields]) => [type, z.looseObject({ ...fields, atMs: timeMs })]),
);

function isEvent(event: unknown): boolean {
  const type = typeof event === 'object' && event !== null && 'type' in event ? event.type : undefined;
  return typeof type === 'string' && KINDS.get(type)?.safeParse(event).success === true;
}

const requestId = z.int().nonnegative();
const error = z.strictObject({ code: z.string().max(40), message: text });

const schema = z.union([
  z.strictObject({
    type: z.literal('events'),
    events: z.array(z.unknown().refine(isEvent)).max(EVENTS_PER_BATCH_MAX),
    dropped: whole,
  }),
  z.strictObject({ type: z.enum(['started', 'moved']), port }),
  z.strictObject({ type: z.literal('requestFailed'), requestId, error }),
  z.strictObject({ type: z.literal('failed'), error }),
  z.strictObject({ type: z.literal('stopped') }),
  z.strictObject({ type: z.literal('kvAnswer'), requestId, answer: kvAnswerSchema }),
  z.strictObject({ type: z.literal('kvPage'), requestId, page: kvPageSchema }),
  z.strictObject({ type: z.literal('sessions'), requestId, page: sessionsPageSchema }),
  z.strictObject({ type: z.literal('leadershipTransferred'), requestId, answer: transferAnswerSchema }),
  z.strictObject({ type: z.literal('done'), requestId }),
]);

/** Checked as above; the type is the node's own protocol, which the checked values are of. */
export const nodeToLabSchema = schema as unknown as z.ZodType<NodeToLab>;
