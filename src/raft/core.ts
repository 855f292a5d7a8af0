/**
 * The state of one server (Raft Figure 2), which the files of this folder read and change; each file holds one part of
 * the algorithm.
 */
import { allVoters, majorityOf } from './quorum.ts';
import { EventBuffer } from './eventBuffer.ts';
import type { RaftEvent } from './events.ts';
import { Lease, type ReadOnlyMode } from './lease.ts';
import { RaftLog } from './log.ts';
import { type Membership, membershipOf, type NewMember } from './membership.ts';
import { Progress } from './progress.ts';
import { ReadRounds } from './readRounds.ts';
import type { SafetyRules } from './rules.ts';
import type { ScriptedBehaviour } from './scripted.ts';
import type { ResolvedSettings } from './settings.ts';
import {
  type HardState,
  type Index,
  type Message,
  NONE,
  type NodeId,
  type ReadConfirmation,
  type ReadIndex,
  type ReadState,
  type Role,
  type Term,
} from './types.ts';

/** One server's state. Only the functions of this folder change it. */
export class Core {
  readonly id: NodeId;
  readonly settings: ResolvedSettings;
  /** For outside scripts alone. */
  readonly scripted: ScriptedBehaviour;
  readonly log: RaftLog;
  readonly events: EventBuffer;

  // Persistent state (Raft Figure 2); the log and commitIndex are in `log`.
  currentTerm: Term = 0;
  votedFor: NodeId = NONE;

  // Volatile state on all servers.
  role: Role = 'follower';
  /** NONE when no leader of this term is known. */
  leader: NodeId = NONE;
  membership: Membership;
  /** Answers to this server's own (pre-)candidacy. */
  readonly votes = new Map<NodeId, boolean>();
  /** A TimeoutNow of this term waits until a committed membership change is applied (dissertation §3.10). */
  standsOnceApplied = false;

  /** How reads are confirmed now: `settings.readOnly` at first. */
  readOnly: ReadOnlyMode;

  /** Which Raft this server runs now: as in `settings` at first. */
  rules: SafetyRules;
  preVote: boolean;
  checkQuorum: boolean;
  noOp: boolean;

  // Time, in ticks.
  tickMs: number;
  electionTimeoutTicks: number;
  heartbeatTicks: number;
  randomizedElectionTimeoutTicks = 0;
  /** Follower, candidate: since the election timer was reset. Leader: since the quorum was last checked. */
  electionElapsedTicks = 0;
  heartbeatElapsedTicks = 0;
  /** Ticks since this server started. */
  now = 0;
  /** As a follower: its promise not to vote. As a leader: its lease, which rests on such promises. */
  readonly lease: Lease;

  // What waits to be handed out.
  /** Messages that need not wait for this server's own disk. */
  outbox: Message[] = [];
  /** Messages that vouch for what must be on stable storage first. Some are addressed to this server itself. */
  outboxAfterPersist: Message[] = [];
  readStates: ReadState[] = [];

  // Volatile state on leaders; the progress of each follower is in `membership`.
  /** The target of a leadership transfer in progress. */
  transferee: NodeId = NONE;
  /** The index of the newest membership change that this leader appended. */
  pendingConfigurationIndex: Index = 0;
  /** The log up to here is from earlier terms, and may hold a membership change anywhere. */
  lastIndexWhenElected: Index = 0;
  /** Data in the log that waits to be committed and applied; an estimate that is never too high. */
  uncommittedBytes = 0;
  reads = new ReadRounds();
  /** How many reads were confirmed, and by what, since this server started. */
  readonly readCounts: Record<ReadConfirmation, number> = { round: 0, lease: 0, 'sole-voter': 0 };
  /** Reads that wait until this leader has committed an entry of its term. */
  postponedReads: ReadIndex[] = [];

  constructor(settings: ResolvedSettings) {
    this.id = settings.id;
    this.settings = settings;
    this.rules = settings.rules;
    this.scripted = settings.scripted;
    this.readOnly = settings.readOnly;
    this.preVote = settings.preVote;
    this.checkQuorum = settings.checkQuorum;
    this.noOp = settings.noOp;
    this.tickMs = settings.tickMs;
    this.electionTimeoutTicks = settings.electionTimeoutTicks;
    this.heartbeatTicks = settings.heartbeatTicks;
    this.events = new EventBuffer(settings.maxBufferedEvents);
    this.log = new RaftLog(settings.storage, settings.maxApplyingBytes);
    this.lease = new Lease(this, settings.promisedTicks);
    this.membership = membershipOf(settings.storage.initialState().configuration, this.newMember());
  }

  get configuration(): Membership['configuration'] {
    return this.membership.configuration;
  }

  get hardState(): HardState {
    return { currentTerm: this.currentTerm, votedFor: this.votedFor, commitIndex: this.log.commitIndex };
  }

  /** Whether this server may stand for election: it is a voter, and no snapshot waits to be installed. */
  get promotable(): boolean {
    const own = this.membership.progress.get(this.id);
    return own !== undefined && !own.isLearner && this.log.unstable.snapshot === undefined;
  }

  /** How many servers of a group decide (Raft §5.2, §5.3). */
  readonly quorumSize = (voterCount: number): number =>
    this.rules.majorityQuorum ? majorityOf(voterCount) : Math.max(1, Math.floor(voterCount / 2));

  /** The voters of both halves of the configuration. */
  get voterCount(): number {
    return allVoters(this.configuration).length;
  }

  /** What the Progress of a member that joins now starts from. */
  newMember(): NewMember {
    const { maxInflightMessages, maxInflightBytes } = this.settings;
    return {
      lastIndex: this.log.lastIndex(),
      limits: { maxMessages: maxInflightMessages, maxBytes: maxInflightBytes },
    };
  }

  /** A Progress for `id`, as if it joined now. */
  newProgress(id: NodeId, isLearner: boolean): Progress {
    const { lastIndex, limits } = this.newMember();
    return new Progress(id, lastIndex + 1, isLearner, limits);
  }

  /** Whether an entry of the current term is committed (dissertation §6.4). */
  get hasCommittedInTerm(): boolean {
    return this.log.matches(this.log.commitIndex, this.currentTerm);
  }

  /**
   * Whether the leader has no entry of its term, as far as this server knows, and will have none before somebody
   * proposes one (Raft §8).
   */
  get awaitsFirstProposal(): boolean {
    return this.leader !== NONE && !this.noOp && this.log.lastEntryId().term !== this.currentTerm;
  }

  emit(event: RaftEvent): void {
    if (this.events.enabled) {
      this.events.add(event);
    }
  }
}
