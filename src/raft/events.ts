/** What happens inside the Raft core, as data: the source of the trace, the texts and the pictures. */
import type { Configuration, EntryType, Index, NodeId, ProgressStatus, Role, Term } from './types.ts';

/** Why a vote was refused. */
export type VoteRefusal =
  | 'already-voted' // Raft §5.2: one vote a term
  | 'leader-known' // Raft §5.2: this term has a leader already
  | 'log-not-up-to-date' // Raft §5.4.1
  | 'leader-lease' // dissertation §4.2.3: heard from a leader within the minimum election timeout
  | 'stale-term';

/** An entry as far as a picture needs it; its bytes stay in the log. */
export interface EntrySummary {
  readonly index: Index;
  readonly term: Term;
  readonly type: EntryType;
  readonly bytes: number;
}

/** How a leader's reads stand (dissertation §6.4). The counts are this server's own since it started. */
export interface LeaderReads {
  /** Whether reads may be answered from the lease now (§6.4.1). */
  readonly leaseHeld: boolean;
  /** For how many ticks it lasts if nobody answers from now on; 0 without a lease. */
  readonly leaseEndsInTicks: number;
  /** Reads that wait for their round, or for the first commit of the term. */
  readonly waiting: number;
  readonly confirmedByRound: number;
  readonly confirmedByLease: number;
  readonly confirmedAsSoleVoter: number;
}

export type RaftEvent =
  /** The election timer was restarted: it fires after `timeoutTicks` ticks without word from a leader. */
  | { readonly type: 'electionTimerReset'; readonly timeoutTicks: number }
  | { readonly type: 'termChanged'; readonly term: Term; readonly previousTerm: Term }
  | {
      readonly type: 'roleChanged';
      readonly role: Role;
      readonly previousRole: Role;
      readonly term: Term;
      /** NONE when no leader is known. */
      readonly leader: NodeId;
      /** For a new leader: who voted for it, itself included. Empty otherwise. */
      readonly votes: readonly NodeId[];
      readonly voterCount: number;
      readonly reason: string;
    }
  | { readonly type: 'leaderChanged'; readonly leader: NodeId; readonly term: Term }
  | { readonly type: 'voteGranted'; readonly candidate: NodeId; readonly term: Term; readonly preVote: boolean }
  | {
      readonly type: 'voteRefused';
      readonly candidate: NodeId;
      readonly term: Term;
      readonly preVote: boolean;
      readonly reason: VoteRefusal;
    }
  /** A candidate counted an answer. */
  | {
      readonly type: 'voteReceived';
      readonly voter: NodeId;
      readonly granted: boolean;
      readonly preVote: boolean;
      readonly term: Term;
      readonly grantedCount: number;
      readonly refusedCount: number;
      readonly voterCount: number;
    }
  /** Entries were appended to the log in memory; those from `truncatedFrom` on were discarded first (Raft §5.3). */
  | {
      readonly type: 'entriesAppended';
      readonly entries: readonly EntrySummary[];
      readonly truncatedFrom: Index | undefined;
    }
  | { readonly type: 'appendRejected'; readonly from: NodeId; readonly prevLogIndex: Index; readonly hintIndex: Index }
  | { readonly type: 'commitAdvanced'; readonly commitIndex: Index; readonly previousCommitIndex: Index }
  | { readonly type: 'progressChanged'; readonly progress: ProgressStatus }
  | { readonly type: 'configurationChanged'; readonly configuration: Configuration }
  | { readonly type: 'snapshotRestored'; readonly lastIncludedIndex: Index; readonly lastIncludedTerm: Term }
  | { readonly type: 'logCompacted'; readonly firstIndex: Index }
  /** A leader stepped down because it did not hear from a quorum (dissertation §6.2). */
  | { readonly type: 'quorumLost'; readonly term: Term }
  | { readonly type: 'readsChanged'; readonly reads: LeaderReads }
  | { readonly type: 'leadershipTransferStarted'; readonly transferee: NodeId }
  | { readonly type: 'leadershipTransferAborted'; readonly transferee: NodeId }
  | { readonly type: 'proposalDropped'; readonly reason: string }
  /** A membership change was not accepted; a no-op took its place in the log. */
  | { readonly type: 'configurationChangeRefused'; readonly reason: string };
