/** The cluster as a picture shows it: plain data that can cross processes, folded from trace events (fold.ts). */
import type { Configuration, EntryType, Index, NodeId, ProgressStatus, Role, Term } from '../raft/types.ts';
import type { LeaderReads } from '../raft/events.ts';
import type { DatagramCounters, LinkFaults, MessageSummary, Pace } from './events.ts';
import type { DoorPlace, DoorSettings } from './door.ts';
import { NODE_NUMBER_MAX } from './names.ts';
import type { NodeName } from './names.ts';
import type { RaftVariant } from './variant.ts';

/**
 * `starting` until the node has opened its file and bound its socket; `failed` when an error ended it; `away`
 * while the machine that it runs on is not connected, so that its state is not known here.
 */
export type NodeLife = 'starting' | 'running' | 'paused' | 'crashed' | 'stopped' | 'failed' | 'away';

export interface LogEntryView {
  index: Index;
  term: Term;
  type: EntryType;
  bytes: number;
}

export interface NodeView {
  name: NodeName;
  id: NodeId;
  incarnation: number;
  life: NodeLife;
  failure: { code: string; message: string } | null;
  address: string;
  port: number;
  threadId: number;
  databasePath: string;
  boot: number;
  role: Role;
  term: Term;
  votedFor: NodeId;
  /** The leader that this node knows of; 0 for none. */
  leader: NodeId;
  /** The term in which it led until it heard from no quorum (dissertation §6.2); 0 once it knows a leader again. */
  quorumLostInTerm: Term;
  commitIndex: Index;
  lastApplied: Index;
  firstIndex: Index;
  lastIndex: Index;
  /** While leading: the target of a leadership transfer (dissertation §3.10); 0 for none. */
  transferee: NodeId;
  /** The last entry that the node's snapshot covers; 0 if it has none. */
  snapshotIndex: Index;
  /** That entry's term, and the snapshot's length; 0 if unknown (the node's file has them). */
  snapshotTerm: Term;
  snapshotBytes: number;
  /** Snapshots in progress to followers, by the follower's id. */
  sendingSnapshots: Record<NodeId, SnapshotTransferView>;
  /** The snapshot that a leader is sending; `peer` is the leader. */
  receivingSnapshot: SnapshotTransferView | null;
  /** The last entries, oldest first, at most LOG_TAIL_MAX. */
  tail: LogEntryView[];
  /** While a candidate or pre-candidate: the votes received. */
  votes: Record<NodeId, boolean>;
  /** While leading: what it knows of each follower. */
  progress: Record<NodeId, ProgressStatus>;
  /** While leading: its lease and its reads. `toldAtMs`: when it reported them. */
  reads: (LeaderReads & { toldAtMs: number }) | null;
  configuration: Configuration | null;
  /** The membership change that the lab is carrying out for this node; null when there is none. */
  change: { step: string; detail: string } | null;
  /** When the election timer was started and how long it runs; null for a leader and a node that is not running. */
  electionTimer: { startedAtMs: number; timeoutMs: number } | null;
  /** Where its door is open; null where it is closed. A paused node's is open, and answers nobody. */
  door: DoorPlace | null;
  counters: DatagramCounters;
  disk: { transactions: number; entries: number; bytes: number; lastDurationMs: number };
}

/** A snapshot in transit. */
export interface SnapshotTransferView {
  peer: NodeId;
  lastIncludedIndex: Index;
  /** How much of `bytes` has arrived. */
  arrivedBytes: number;
  bytes: number;
}

export interface LinkView {
  from: NodeName;
  to: NodeName;
  faults: LinkFaults;
}

/** A message in transit, or one that ended a moment ago. */
export interface MessageView {
  messageId: string;
  from: NodeName;
  to: NodeName;
  message: MessageSummary;
  sentAtMs: number;
  state: 'travelling' | 'arrived' | 'lost';
  endedAtMs: number | null;
}

/** A message that waits at its sender until a person delivers, loses or doubles it. */
export interface HeldMessageView {
  /** Its short name is `m` and this number, which no other message has while this one is held. */
  number: number;
  messageId: string;
  from: NodeName;
  to: NodeName;
  message: MessageSummary;
  heldAtMs: number;
}

/** A guarantee of Raft that the trace breaks. */
export interface SafetyViolationView {
  check: string;
  section: string;
  statement: string;
  message: string;
  nodes: NodeId[];
  term: Term | null;
  index: Index | null;
  seenAtSeq: number;
  atMs: number;
}

export interface ClusterView {
  labId: string;
  name: string;
  pace: Pace;
  /** Whether lease reads are allowed (dissertation §6.4.1). */
  leaseReads: boolean;
  /** Which Raft the cluster runs. */
  variant: RaftVariant;
  /** How the doors of all nodes are to be; each node's own says how it is. */
  door: DoorSettings;
  /** The last event folded in, and its time. */
  seq: number;
  atMs: number;
  nodes: Record<NodeName, NodeView>;
  /** Only links that have a fault; the key is `n1>n2`. */
  links: Record<string, LinkView>;
  /** The latest messages, oldest first, at most MESSAGES_MAX. */
  messages: MessageView[];
  /** The messages that are held, in the order in which they were sent, at most HELD_MAX. */
  held: HeldMessageView[];
  /** What the safety checks found, oldest first, at most VIOLATIONS_MAX. */
  violations: SafetyViolationView[];
  /** The number of violations, including those that `violations` has no room for. */
  violationCount: number;
  /** The safety rules that are switched off in this cluster: it is not safe, and every picture of it says this. */
  rulesOff: string[];
  /** The seed of a simulated lab, whose times are virtual; null in a live one. */
  seed: number | null;
  /** How many events were lost before they reached this view. */
  droppedEvents: number;
}

export const LOG_TAIL_MAX = 64;
export const MESSAGES_MAX = 512;
/** The most messages that one node holds (server/net/heldMessages.ts); beyond that the oldest is lost. */
export const HELD_BY_NODE_MAX = 200;
export const HELD_MAX = HELD_BY_NODE_MAX * NODE_NUMBER_MAX;
export const VIOLATIONS_MAX = 20;
/** The most nodes that a node's view records: many times the members of a joint configuration. */
export const PEERS_MAX = 64;
/**
 * The largest index, term, count or size: 2^48 is more than a lab ever has, and a sum of 32 such values is still an
 * exact integer in a double.
 */
export const COUNT_MAX = 2 ** 48;
