/** Snapshots in chunks (Raft §7, Figure 13), and their answers, as CBOR arrays. */
import { isWholeNumber } from '../cbor/strict.ts';
import type { CborValue } from '../cbor/strict.ts';
import type { Configuration, Index, NodeId, Term } from '../raft/types.ts';
import { MEMBERS_MAX } from './messages.ts';

/** The longest snapshot that is sent or received. */
export const SNAPSHOT_BYTES_MAX = 1024 * 1024 * 1024;
export const SHA256_BYTES = 32;

/** Which snapshot a chunk belongs to. */
export interface SnapshotIdentity {
  readonly lastIncludedIndex: Index;
  readonly lastIncludedTerm: Term;
  /** The length of the whole snapshot. */
  readonly bytes: number;
  /** The SHA-256 of the whole snapshot. */
  readonly sha256: Uint8Array;
}

interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  /** The sender's term. */
  readonly term: Term;
}

/** A part of a snapshot. Without data it only asks how far the receiver has come. */
export interface SnapshotChunk extends Envelope {
  readonly type: 'SnapshotChunk';
  readonly snapshot: SnapshotIdentity & { readonly configuration: Configuration };
  /** Where in the snapshot `data` belongs. It is the last chunk when `offset + data.length` is `snapshot.bytes`. */
  readonly offset: number;
  readonly data: Uint8Array;
}

/** How far a receiver has come with a snapshot. */
export interface SnapshotChunkResponse extends Envelope {
  readonly type: 'SnapshotChunkResponse';
  readonly snapshot: SnapshotIdentity;
  /** Everything before this offset is on the receiver's stable storage. */
  readonly receivedBytes: number;
  /**
   * `refused`: the bytes do not match their checksum, or are not a snapshot; start again. `installed`: the receiver has
   * what the snapshot covers.
   */
  readonly state: SnapshotReceiverState;
}

export type SnapshotReceiverState = 'receiving' | 'installed' | 'refused';
export type SnapshotMessage = SnapshotChunk | SnapshotChunkResponse;

/** The second element of a body, after the kind. Never reuse one. */
const CHUNK = 1;
const CHUNK_RESPONSE = 2;

/** The numbers of the receiver's states on the wire. Never reuse one. */
const STATES = ['receiving', 'installed', 'refused'] as const satisfies readonly SnapshotReceiverState[];

/** A message as the array that follows the body's kind. Sender and receiver are in the datagram's header. */
export function snapshotMessageToArray(message: SnapshotMessage): CborValue[] {
  const { lastIncludedIndex, lastIncludedTerm, bytes, sha256 } = message.snapshot;
  const identity = [lastIncludedIndex, lastIncludedTerm, bytes, sha256];
  if (message.type === 'SnapshotChunk') {
    const { voters, votersOutgoing, learners, learnersNext, autoLeave } = message.snapshot.configuration;
    return [CHUNK, message.term, ...identity, [voters, votersOutgoing, learners, learnersNext, autoLeave],
      message.offset, message.data];
  }
  return [CHUNK_RESPONSE, message.term, ...identity, message.receivedBytes, STATES.indexOf(message.state)];
}

/** The message in an array that came over the wire; undefined when it is not a message. */
export function snapshotMessageFromArray(
  from: NodeId, to: NodeId, array: readonly CborValue[],
): SnapshotMessage | undefined {
  const [type, term, index, lastIncludedTerm, bytes, sha256, ...fields] = array;
  const isIdentity = isWholeNumber(term) && isWholeNumber(index) && index > 0
    && isWholeNumber(lastIncludedTerm) && lastIncludedTerm > 0
    && isWholeNumber(bytes) && bytes > 0 && bytes <= SNAPSHOT_BYTES_MAX
    && sha256 instanceof Uint8Array && sha256.length === SHA256_BYTES;
  if (!isIdentity) return undefined;
  const identity = { lastIncludedIndex: index, lastIncludedTerm, bytes, sha256 };
  const envelope = { from, to, term };
  if (type === CHUNK) return readChunk(envelope, identity, fields);
  return type === CHUNK_RESPONSE ? readResponse(envelope, identity, fields) : undefined;
}

function readChunk(
  envelope: Envelope, identity: SnapshotIdentity, fields: readonly CborValue[],
): SnapshotChunk | undefined {
  const [members, offset, data] = fields;
  const configuration = readConfiguration(members);
  if (fields.length !== 3 || configuration === undefined || !isWholeNumber(offset) || !(data instanceof Uint8Array)) {
    return undefined;
  }
  if (offset + data.length > identity.bytes) return undefined;
  return { type: 'SnapshotChunk', ...envelope, snapshot: { ...identity, configuration }, offset, data };
}

function readResponse(
  envelope: Envelope, snapshot: SnapshotIdentity, fields: readonly CborValue[],
): SnapshotChunkResponse | undefined {
  const [receivedBytes, stateNumber] = fields;
  const state = isWholeNumber(stateNumber) ? STATES[stateNumber] : undefined;
  if (fields.length !== 2 || !isWholeNumber(receivedBytes) || state === undefined) return undefined;
  if (receivedBytes > snapshot.bytes) return undefined;
  return { type: 'SnapshotChunkResponse', ...envelope, snapshot, receivedBytes, state };
}

function readConfiguration(value: CborValue | undefined): Configuration | undefined {
  if (!Array.isArray(value) || value.length !== 5) return undefined;
  const [voters, votersOutgoing, learners, learnersNext, autoLeave] = value as readonly CborValue[];
  const isConfiguration = isMembers(voters) && isMembers(votersOutgoing) && isMembers(learners)
    && isMembers(learnersNext) && typeof autoLeave === 'boolean';
  if (!isConfiguration) return undefined;
  const configuration = { voters, votersOutgoing, learners, learnersNext, autoLeave };
  return isConsistent(configuration) ? configuration : undefined;
}

/** Whether the lists do not contradict each other: a core that worked with contradictory lists would stop its node. */
function isConsistent({ voters, votersOutgoing, learners, learnersNext, autoLeave }: Configuration): boolean {
  const isJoint = votersOutgoing.length > 0;
  return voters.length > 0
    && learners.every((id) => !voters.includes(id) && !votersOutgoing.includes(id))
    && learnersNext.every((id) => votersOutgoing.includes(id) && !voters.includes(id))
    && (isJoint || !autoLeave);
}

function isMembers(value: CborValue | undefined): value is readonly NodeId[] {
  if (!Array.isArray(value) || value.length > MEMBERS_MAX) return false;
  const ids = value as readonly CborValue[];
  return ids.every((id, at) => isWholeNumber(id) && id > Number(ids[at - 1] ?? 0) && id <= 0xffff_ffff);
}
