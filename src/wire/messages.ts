/** Raft's messages as CBOR arrays, `[type, term, …fields]`, and the schemas of arriving ones. See docs/wire.md. */
import * as z from 'zod/mini';
import type { CborValue } from '../cbor/strict.ts';
import type {
  Configuration, Entry, EntryType, Message, MessageType, NodeId, ReadConfirmation, Snapshot, Term,
} from '../raft/types.ts';

// Compiled parsers would need new Function, which the window forbids; one setting for all rooms.
z.config({ jitless: true });

/** The numbers of the message types on the wire. Never reuse one. */
export const MESSAGE_TYPE_NUMBERS = {
  AppendEntries: 1,
  AppendEntriesResponse: 2,
  RequestVote: 3,
  RequestVoteResponse: 4,
  PreVote: 5,
  PreVoteResponse: 6,
  Heartbeat: 7,
  HeartbeatResponse: 8,
  InstallSnapshot: 9,
  TimeoutNow: 10,
  ForwardedProposal: 11,
  ReadIndex: 12,
  ReadIndexResponse: 13,
  TransferLeadership: 14,
} as const satisfies Record<MessageType, number>;

/** The numbers of the entry types on the wire. Never reuse one. */
const ENTRY_TYPE_NUMBERS = {
  command: 0,
  'no-op': 1,
  configuration: 2,
} as const satisfies Record<EntryType, number>;

/** The numbers of the read confirmations on the wire. Never reuse one. */
const READ_CONFIRMATION_NUMBERS = {
  round: 0,
  lease: 1,
  'sole-voter': 2,
} as const satisfies Record<ReadConfirmation, number>;

/** The longest ReadIndex context. */
export const CONTEXT_BYTES_MAX = 64;
/** The most members in any list of a configuration. */
export const MEMBERS_MAX = 64;

/** Requests that are not about a term, and carry 0. */
const WITHOUT_TERM: ReadonlySet<MessageType> = new Set(['ForwardedProposal', 'ReadIndex', 'TransferLeadership']);

const messageTypes = byNumber(MESSAGE_TYPE_NUMBERS);
const entryTypes = byNumber(ENTRY_TYPE_NUMBERS);
const readConfirmations = byNumber(READ_CONFIRMATION_NUMBERS);

/**
 * A message as the array that is put on the wire. Sender and receiver are in the datagram's header.
 * @throws RangeError when the entries of an AppendEntries do not follow on prevLogIndex (their indexes are not sent)
 */
export function messageToArray(message: Message): CborValue[] {
  const head = [MESSAGE_TYPE_NUMBERS[message.type], message.term];
  switch (message.type) {
    case 'AppendEntries':
      assertContiguous(message.prevLogIndex, message.entries);
      return [...head, message.prevLogIndex, message.prevLogTerm, message.leaderCommit,
        message.entries.map((entry) => [entry.term, ENTRY_TYPE_NUMBERS[entry.type], entry.data])];
    case 'AppendEntriesResponse':
      return message.rejected
        ? [...head, message.prevLogIndex, true, message.hintIndex, message.hintTerm]
        : [...head, message.matchIndex, false, 0, 0];
    case 'RequestVote':
    case 'PreVote':
      return [...head, message.lastLogIndex, message.lastLogTerm, message.leadershipTransfer];
    case 'RequestVoteResponse':
    case 'PreVoteResponse':
      return [...head, message.voteGranted, message.commitIndex, message.commitTerm];
    case 'Heartbeat':
      return [...head, message.leaderCommit, message.context];
    case 'HeartbeatResponse':
      return [...head, message.context, ...(message.promisedMs === undefined ? [] : [message.promisedMs])];
    case 'ReadIndex':
      return [...head, message.context, message.needsRound];
    case 'ReadIndexResponse':
      return [...head, message.readIndex, message.context, READ_CONFIRMATION_NUMBERS[message.confirmedBy]];
    case 'InstallSnapshot':
      return [...head, ...snapshotToArray(message.snapshot)];
    case 'TimeoutNow':
      return head;
    case 'ForwardedProposal':
      return [...head, message.entries.map((entry) => [ENTRY_TYPE_NUMBERS[entry.type], entry.data])];
    case 'TransferLeadership':
      return [...head, message.transferee];
  }
}

/**
 * The message in an array that came over the wire.
 * @returns undefined when it matches no message's schema
 */
export function messageFromArray(from: NodeId, to: NodeId, array: readonly CborValue[]): Message | undefined {
  const [typeNumber, term, ...fields] = array;
  const type = typeof typeNumber === 'number' ? messageTypes.get(typeNumber) : undefined;
  const parsedTerm = indexSchema.safeParse(term);
  if (type === undefined || !parsedTerm.success) return undefined;
  // Term 0 is before the first election: a server that votes or leads is beyond it (Raft §5.1). The core would take it
  // for "not about a term" and skip the check of terms.
  if (parsedTerm.data === 0 && !WITHOUT_TERM.has(type)) return undefined;
  return FIELD_READERS[type]({ from, to, term: parsedTerm.data }, fields);
}

interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly term: Term;
}

/** An index or a term: 0, 1, 2 … */
const indexSchema = z.int().check(z.minimum(0));
const nodeIdSchema = z.int().check(z.minimum(1), z.maximum(0xffff_ffff));
const bytesSchema = z.instanceof(Uint8Array);
const contextSchema = bytesSchema.check(z.refine((bytes) => bytes.length <= CONTEXT_BYTES_MAX));
const membersSchema = z.array(nodeIdSchema).check(
  z.maxLength(MEMBERS_MAX),
  z.refine((ids) => ids.every((id, at) => at === 0 || id > (ids[at - 1] ?? 0)), 'not ascending'),
);

const appendEntriesFields = z.tuple([indexSchema, indexSchema, indexSchema, z.array(z.unknown())]);
const appendEntriesResponseFields = z.tuple([indexSchema, z.boolean(), indexSchema, indexSchema]);
const requestVoteFields = z.tuple([indexSchema, indexSchema, z.boolean()]);
const voteResponseFields = z.tuple([z.boolean(), indexSchema, indexSchema]);
const heartbeatFields = z.tuple([indexSchema, contextSchema]);
const heartbeatResponseFields = z.tuple([contextSchema, z.optional(z.int().check(z.minimum(1)))]);
const readIndexFields = z.tuple([contextSchema, z.boolean()]);
const readIndexResponseFields = z.tuple([indexSchema, contextSchema, z.int()]);
const snapshotFields = z.tuple([
  z.int().check(z.minimum(1)), z.int().check(z.minimum(1)),
  z.tuple([membersSchema, membersSchema, membersSchema, membersSchema, z.boolean()]),
  bytesSchema,
]);
const noFields = z.tuple([]);
const forwardedProposalFields = z.tuple([z.array(z.unknown()).check(z.minLength(1))]);
const transferLeadershipFields = z.tuple([nodeIdSchema]);

/** One reader per message type: checks the fields and names them. */
const FIELD_READERS: Record<MessageType, (envelope: Envelope, fields: readonly CborValue[]) => Message | undefined> = {
  AppendEntries: readAppendEntries,
  AppendEntriesResponse: (envelope, fields) => {
    const { success, data } = appendEntriesResponseFields.safeParse(fields);
    if (!success) return undefined;
    const [index, rejected, hintIndex, hintTerm] = data;
    if (rejected) {
      return { type: 'AppendEntriesResponse', ...envelope, rejected, prevLogIndex: index, hintIndex, hintTerm };
    }
    if (hintIndex !== 0 || hintTerm !== 0) return undefined;
    return { type: 'AppendEntriesResponse', ...envelope, rejected, matchIndex: index };
  },
  RequestVote: (envelope, fields) => readRequestVote('RequestVote', envelope, fields),
  PreVote: (envelope, fields) => readRequestVote('PreVote', envelope, fields),
  RequestVoteResponse: (envelope, fields) => readVoteResponse('RequestVoteResponse', envelope, fields),
  PreVoteResponse: (envelope, fields) => readVoteResponse('PreVoteResponse', envelope, fields),
  Heartbeat: (envelope, fields) => {
    const { success, data } = heartbeatFields.safeParse(fields);
    return success ? { type: 'Heartbeat', ...envelope, leaderCommit: data[0], context: data[1] } : undefined;
  },
  HeartbeatResponse: (envelope, fields) => {
    const { success, data } = heartbeatResponseFields.safeParse(fields);
    if (!success) return undefined;
    const [context, promisedMs] = data;
    return { type: 'HeartbeatResponse', ...envelope, context, ...(promisedMs === undefined ? {} : { promisedMs }) };
  },
  InstallSnapshot: (envelope, fields) => {
    const { success, data } = snapshotFields.safeParse(fields);
    return success ? { type: 'InstallSnapshot', ...envelope, snapshot: snapshotFromFields(data) } : undefined;
  },
  TimeoutNow: (envelope, fields) => {
    const { success } = noFields.safeParse(fields);
    return success ? { type: 'TimeoutNow', ...envelope } : undefined;
  },
  ForwardedProposal: readForwardedProposal,
  ReadIndex: (envelope, fields) => {
    const { success, data } = readIndexFields.safeParse(fields);
    return success ? { type: 'ReadIndex', ...envelope, context: data[0], needsRound: data[1] } : undefined;
  },
  ReadIndexResponse: (envelope, fields) => {
    const { success, data } = readIndexResponseFields.safeParse(fields);
    const confirmedBy = success ? readConfirmations.get(data[2]) : undefined;
    if (!success || confirmedBy === undefined) return undefined;
    return { type: 'ReadIndexResponse', ...envelope, readIndex: data[0], context: data[1], confirmedBy };
  },
  TransferLeadership: (envelope, fields) => {
    const { success, data } = transferLeadershipFields.safeParse(fields);
    return success ? { type: 'TransferLeadership', ...envelope, transferee: data[0] } : undefined;
  },
};

function readAppendEntries(envelope: Envelope, fields: readonly CborValue[]): Message | undefined {
  const { success, data } = appendEntriesFields.safeParse(fields);
  if (!success) return undefined;
  const [prevLogIndex, prevLogTerm, leaderCommit, rows] = data;
  const entries: Entry[] = [];
  let previousTerm = prevLogTerm;
  for (const row of rows) {
    const entry = readEntry(row, prevLogIndex + 1 + entries.length);
    // Terms never go back along a log, and none is later than the leader's own (Raft §5.3).
    if (entry === undefined || entry.term < previousTerm || entry.term > envelope.term) return undefined;
    previousTerm = entry.term;
    entries.push(entry);
  }
  return { type: 'AppendEntries', ...envelope, prevLogIndex, prevLogTerm, leaderCommit, entries };
}

/** Checked by hand, not by a schema: an AppendEntries may carry hundreds of entries, and this is the hot path. */
function readEntry(row: unknown, index: number): Entry | undefined {
  if (!Array.isArray(row) || row.length !== 3) return undefined;
  const [term, typeNumber, data] = row as unknown[];
  const type = typeof typeNumber === 'number' ? entryTypes.get(typeNumber) : undefined;
  if (type === undefined || !(data instanceof Uint8Array) || !Number.isSafeInteger(index)) return undefined;
  if (typeof term !== 'number' || !Number.isSafeInteger(term) || term < 1) return undefined;
  return { term, index, type, data };
}

function readForwardedProposal(envelope: Envelope, fields: readonly CborValue[]): Message | undefined {
  const { success, data } = forwardedProposalFields.safeParse(fields);
  if (!success) return undefined;
  const entries: Entry[] = [];
  for (const row of data[0]) {
    if (!Array.isArray(row) || row.length !== 2) return undefined;
    const [typeNumber, bytes] = row as unknown[];
    const type = typeof typeNumber === 'number' ? entryTypes.get(typeNumber) : undefined;
    if (type === undefined || !(bytes instanceof Uint8Array)) return undefined;
    entries.push({ term: 0, index: 0, type, data: bytes });
  }
  return { type: 'ForwardedProposal', ...envelope, entries };
}

function readRequestVote(
  type: 'RequestVote' | 'PreVote', envelope: Envelope, fields: readonly CborValue[],
): Message | undefined {
  const { success, data } = requestVoteFields.safeParse(fields);
  if (!success) return undefined;
  const [lastLogIndex, lastLogTerm, leadershipTransfer] = data;
  return { type, ...envelope, lastLogIndex, lastLogTerm, leadershipTransfer };
}

function readVoteResponse(
  type: 'RequestVoteResponse' | 'PreVoteResponse', envelope: Envelope, fields: readonly CborValue[],
): Message | undefined {
  const { success, data } = voteResponseFields.safeParse(fields);
  if (!success) return undefined;
  const [voteGranted, commitIndex, commitTerm] = data;
  return { type, ...envelope, voteGranted, commitIndex, commitTerm };
}

function snapshotToArray(snapshot: Snapshot): CborValue[] {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = snapshot.configuration;
  return [snapshot.lastIncludedIndex, snapshot.lastIncludedTerm,
    [voters, votersOutgoing, learners, learnersNext, autoLeave], snapshot.data];
}

function snapshotFromFields(fields: z.output<typeof snapshotFields>): Snapshot {
  const [lastIncludedIndex, lastIncludedTerm, members, data] = fields;
  const [voters, votersOutgoing, learners, learnersNext, autoLeave] = members;
  const configuration: Configuration = { voters, votersOutgoing, learners, learnersNext, autoLeave };
  return { lastIncludedIndex, lastIncludedTerm, configuration, data };
}

function assertContiguous(prevLogIndex: number, entries: readonly Entry[]): void {
  entries.forEach((entry, at) => {
    const expected = prevLogIndex + 1 + at;
    if (entry.index !== expected) {
      throw new RangeError(`entry ${entry.index} stands at ${expected} in an AppendEntries after ${prevLogIndex}`);
    }
  });
}

function byNumber<Type extends string>(numbers: Readonly<Record<Type, number>>): ReadonlyMap<number, Type> {
  return new Map((Object.keys(numbers) as Type[]).map((type) => [numbers[type], type]));
}
