/** The data that goes into and comes out of the Raft core: identifiers, log entries, messages, Ready. */

/**
 * A server's identifier in the configuration: a positive integer, never used twice. 0 means "none".
 * A node that lost its disk comes back under another identifier (its next incarnation), because a server that forgot
 * its vote may not vote again as its old self (Raft Figure 2: votes and terms are on stable storage).
 */
export type NodeId = number;
/** No server: no vote cast, no leader known. */
export const NONE: NodeId = 0;

/** A term number (Raft §5.1): monotonic, 0 before the first election. */
export type Term = number;
/** A log index (Raft §5.3): the first entry has index 1; 0 means "before the first". */
export type Index = number;

/**
 * What an entry carries. `command`: bytes for the state machine. `no-op`: the entry that a new leader appends so that
 * it can commit entries of earlier terms (dissertation §6.4). `configuration`: a membership change (dissertation §4).
 */
export type EntryType = 'command' | 'no-op' | 'configuration';

/** One log entry. `data` is opaque to Raft, except in a configuration entry, where it is JSON text (UTF-8). */
export interface Entry {
  readonly term: Term;
  readonly index: Index;
  readonly type: EntryType;
  readonly data: Uint8Array;
}

/**
 * What must be on stable storage before answering any message (Raft Figure 2, "Persistent state"), and commitIndex as
 * well.
 */
export interface HardState {
  readonly currentTerm: Term;
  readonly votedFor: NodeId;
  readonly commitIndex: Index;
}

/**
 * The members of a cluster. In joint consensus (dissertation §4.3) `votersOutgoing` is the old configuration, which
 * must agree as well; it is empty otherwise. Lists are sorted ascending.
 */
export interface Configuration {
  readonly voters: readonly NodeId[];
  readonly votersOutgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** Voters of the outgoing configuration that become learners when the joint configuration is left. */
  readonly learnersNext: readonly NodeId[];
  /** Whether the leader leaves the joint configuration by itself once it is committed. */
  readonly autoLeave: boolean;
}

/** A snapshot of the state machine (Raft §7): everything up to and including `lastIncludedIndex`. */
export interface Snapshot {
  readonly lastIncludedIndex: Index;
  readonly lastIncludedTerm: Term;
  readonly configuration: Configuration;
  readonly data: Uint8Array;
}

interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  /** The sender's term; 0 in messages that carry none (proposals and local messages). */
  readonly term: Term;
}

/** Replicates entries (Raft §5.3). An empty one carries a new commit index or probes the log. */
export interface AppendEntries extends Envelope {
  readonly type: 'AppendEntries';
  readonly prevLogIndex: Index;
  readonly prevLogTerm: Term;
  readonly entries: readonly Entry[];
  readonly leaderCommit: Index;
}

/** Tells the leader that this log equals its log up to `matchIndex`: after AppendEntries, or InstallSnapshot. */
export interface AppendEntriesAcknowledgement extends Envelope {
  readonly type: 'AppendEntriesResponse';
  readonly rejected: false;
  readonly matchIndex: Index;
}

/** Tells the leader that this log does not hold the entry before the sent ones (Raft §5.3). */
export interface AppendEntriesRejection extends Envelope {
  readonly type: 'AppendEntriesResponse';
  readonly rejected: true;
  /** The prevLogIndex that was refused. */
  readonly prevLogIndex: Index;
  /**
   * An index at or below the follower's last, whose term is `hintTerm`: the leader backs up nextIndex by whole terms
   * (Raft §5.3, end).
   */
  readonly hintIndex: Index;
  readonly hintTerm: Term;
}

/** The answer to AppendEntries and InstallSnapshot. */
export type AppendEntriesResponse = AppendEntriesAcknowledgement | AppendEntriesRejection;

/** Asks for a vote (Raft §5.2), or, as PreVote, whether a vote would be given (dissertation §9.6). */
export interface RequestVote extends Envelope {
  readonly type: 'RequestVote' | 'PreVote';
  readonly lastLogIndex: Index;
  readonly lastLogTerm: Term;
  /** Set by a leadership transfer: the lease of the old leader does not count (dissertation §4.2.3). */
  readonly leadershipTransfer: boolean;
}

export interface RequestVoteResponse extends Envelope {
  readonly type: 'RequestVoteResponse' | 'PreVoteResponse';
  readonly voteGranted: boolean;
  /**
   * The voter's commitIndex and the term of that entry: a candidate may not know yet that its own entry is committed.
   */
  readonly commitIndex: Index;
  readonly commitTerm: Term;
}

/** Keeps the leader's authority (Raft §5.2); `context` confirms a ReadIndex round (dissertation §6.4). */
export interface Heartbeat extends Envelope {
  readonly type: 'Heartbeat';
  readonly leaderCommit: Index;
  readonly context: Uint8Array;
}

export interface HeartbeatResponse extends Envelope {
  readonly type: 'HeartbeatResponse';
  readonly context: Uint8Array;
  /** The sender votes for nobody for at least this long from now on (see lease.ts). Absent: it promises nothing. */
  readonly promisedMs?: number;
}

/** Sends a snapshot to a follower whose next entry the leader has already compacted (Raft §7). */
export interface InstallSnapshot extends Envelope {
  readonly type: 'InstallSnapshot';
  readonly snapshot: Snapshot;
}

/** Tells the target of a leadership transfer to start an election at once (dissertation §3.10). */
export interface TimeoutNow extends Envelope {
  readonly type: 'TimeoutNow';
}

/**
 * A proposal that a follower hands to its leader (dissertation §6.2). `term` is 0. Entries have no term and index yet.
 */
export interface ForwardedProposal extends Envelope {
  readonly type: 'ForwardedProposal';
  readonly entries: readonly Entry[];
}

/** A request for a read index that a follower hands to its leader (dissertation §6.4). */
export interface ReadIndex extends Envelope {
  readonly type: 'ReadIndex';
  readonly context: Uint8Array;
  /** Whether to require a round, even where the leader holds a lease. */
  readonly needsRound: boolean;
}

export interface ReadIndexResponse extends Envelope {
  readonly type: 'ReadIndexResponse';
  readonly readIndex: Index;
  readonly context: Uint8Array;
  readonly confirmedBy: ReadConfirmation;
}

/** A request to move leadership to `transferee`, handed to the leader (dissertation §3.10). */
export interface TransferLeadership extends Envelope {
  readonly type: 'TransferLeadership';
  readonly transferee: NodeId;
}

/** What one server sends to another. Every kind may be lost, duplicated and reordered. */
export type Message =
  | AppendEntries
  | AppendEntriesResponse
  | RequestVote
  | RequestVoteResponse
  | Heartbeat
  | HeartbeatResponse
  | InstallSnapshot
  | TimeoutNow
  | ForwardedProposal
  | ReadIndex
  | ReadIndexResponse
  | TransferLeadership;

export type MessageType = Message['type'];

/** A server's role (Raft §5.1). A pre-candidate asks for pre-votes (dissertation §9.6). */
export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** How a leader sends to one follower: one entry at a time to find the match, pipelined, or a snapshot. */
export type ProgressState = 'probe' | 'replicate' | 'snapshot';

/** What the leader knows of one follower. Invariant: 0 <= matchIndex < nextIndex. */
export interface ProgressStatus {
  readonly id: NodeId;
  readonly state: ProgressState;
  readonly matchIndex: Index;
  readonly nextIndex: Index;
  readonly isLearner: boolean;
  /** Heard from since the last check of the quorum. */
  readonly recentActive: boolean;
  /**
   * Not heard from for at least the whole time between two checks of the quorum. Never set without checkQuorum, which
   * measures that time.
   */
  readonly silent: boolean;
  /** AppendEntries sent and not yet answered. */
  readonly inflightMessages: number;
  /** The window of messages in flight is full. */
  readonly inflightFull: boolean;
  /** In the state `snapshot`: the last index that the snapshot covers. 0 otherwise. */
  readonly pendingSnapshot: Index;
  /** No more is sent until an answer comes. */
  readonly paused: boolean;
}

/**
 * How a leader knew that no other led when it gave a read index (dissertation §6.4): a round of heartbeats that a
 * majority answered, its lease (dissertation §6.4.1), or being the only voter.
 */
export type ReadConfirmation = 'round' | 'lease' | 'sole-voter';

/** A read that may be served as soon as the state machine has applied `readIndex` (dissertation §6.4). */
export interface ReadState {
  readonly readIndex: Index;
  readonly context: Uint8Array;
  readonly confirmedBy: ReadConfirmation;
}

/** What changed about leadership; nothing to persist. */
export interface SoftState {
  /** NONE when no leader is known. */
  readonly leader: NodeId;
  readonly role: Role;
}

/**
 * The work that the core hands out. What the caller must do, in this order: persist `hardState`, `entries` and
 * `snapshot` in one transaction, synced when `mustSync`; then send `messages`; then apply `snapshot` and
 * `committedEntries` to the state machine; then call `advance`. `messagesBeforePersist` may leave at once, side by side
 * with the write (dissertation §10.2.1).
 */
export interface Ready {
  /** Present when it changed. */
  readonly softState: SoftState | undefined;
  /** Present when it changed. */
  readonly hardState: HardState | undefined;
  /** To append: they replace everything in the persisted log from `entries[0].index` on. */
  readonly entries: readonly Entry[];
  /** To install: it replaces the state machine, and the persisted log when that does not hold its last entry. */
  readonly snapshot: Snapshot | undefined;
  /** May leave at once, side by side with the write. */
  readonly messagesBeforePersist: readonly Message[];
  /** May leave only after hard state, entries and snapshot are on stable storage. */
  readonly messages: readonly Message[];
  /** To apply, in order, after persisting. Each is handed out once. */
  readonly committedEntries: readonly Entry[];
  readonly readStates: readonly ReadState[];
  /** Whether the write must be synced: there are entries or a snapshot, or term or vote changed. */
  readonly mustSync: boolean;
}

/** Tells the core that a write, and all before it, is on stable storage. */
export interface StorageAppendResponse {
  readonly type: 'StorageAppendResponse';
  /** The term in which the write was handed out: entries written in an earlier term may since have been overwritten. */
  readonly term: Term;
  /** The last entry of the log at that time; index 0 when none was waiting to be written. */
  readonly lastIndex: Index;
  readonly lastTerm: Term;
  readonly snapshot: Snapshot | undefined;
}

/** Tells the core that these entries are applied. */
export interface StorageApplyResponse {
  readonly type: 'StorageApplyResponse';
  readonly entries: readonly Entry[];
}

/** What a node's own storage and state machine report to it; never sent over the network. */
export type LocalMessage = StorageAppendResponse | StorageApplyResponse;
