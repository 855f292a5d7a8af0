/** RaftNode: the only way into the core. Ticks, messages and requests go in; Ready comes out. */
import { invariant } from './assert.ts';
import { changeRefusal } from './changeAdmission.ts';
import { type ConfigurationChange, encodeConfigurationChange } from './configuration.ts';
import { Core } from './core.ts';
import { startElection } from './election.ts';
import { ProposalDropped } from './errors.ts';
import type { RaftEvent } from './events.ts';
import { checkReadOnly, type ReadOnlyMode } from './lease.ts';
import { applyChange } from './membershipChange.ts';
import { propose } from './proposals.ts';
import { ProgressWatch } from './progressWatch.ts';
import { handleReadIndex } from './reads.ts';
import { ReadWatch } from './readWatch.ts';
import { ReadyMaker } from './ready.ts';
import { broadcastAppend } from './replication.ts';
import { appendNoOp, becomeFollower, setLeader } from './roles.ts';
import { ALL_RULES } from './rules.ts';
import {
  checkTicks,
  type RaftSettings,
  type RaftSwitches,
  resolveSettings,
  type Ticks,
} from './settings.ts';
import { snapshotReported } from './snapshots.ts';
import { type RaftStatus, statusOf } from './status.ts';
import { stepLocal, stepMessage } from './step.ts';
import { tick } from './ticks.ts';
import {
  type Configuration,
  type Index,
  type LocalMessage,
  type Message,
  type MessageType,
  NONE,
  type NodeId,
  type Ready,
  type Role,
  type Term,
} from './types.ts';
import { isWellFormed } from './wellFormed.ts';

/** What became of a message. All outcomes but `stepped` leave the node unchanged. */
export type StepOutcome =
  | 'stepped'
  /** An answer from a server that is not in the configuration, or no longer. */
  | 'unknown-peer'
  /** A forwarded proposal that could not be taken; its sender will have to ask again. */
  | 'proposal-dropped'
  /**
   * No server sends such a message: it is addressed to another one, its entries do not follow each other, or it
   * acknowledges entries that this leader does not have.
   */
  | 'malformed';

const ANSWERS: ReadonlySet<MessageType> = new Set([
  'AppendEntriesResponse',
  'RequestVoteResponse',
  'PreVoteResponse',
  'HeartbeatResponse',
  'ReadIndexResponse',
]);

/** One server of a Raft cluster. Purely in memory and synchronous; see index.ts for what its owner has to do. */
export class RaftNode {
  readonly #core: Core;
  readonly #readyMaker: ReadyMaker;
  readonly #progressWatch = new ProgressWatch();
  readonly #readWatch = new ReadWatch();

  /**
   * A server as it was when its storage was last written.
   * @throws {InvalidSettings} naming the setting that cannot work
   * @throws {ConfigurationError} when the stored configuration contradicts itself
   * @throws {LostLogError} when the stored log ends before the stored commitIndex, or before what is applied
   * @throws {InvariantViolation} when the stored state contradicts itself otherwise
   */
  constructor(settings: RaftSettings) {
    const core = new Core(resolveSettings(settings));
    this.#core = core;
    const { hardState } = core.settings.storage.initialState();
    const { commitIndex, currentTerm, votedFor } = hardState;
    core.currentTerm = currentTerm;
    core.votedFor = votedFor;
    // Entries that are applied or covered by a snapshot are committed, even where commitIndex was stored less often.
    core.log.commitTo(Math.max(commitIndex, core.settings.applied));
    core.log.appliedTo(core.settings.applied, 0);
    becomeFollower(core, currentTerm, NONE, 'started');
    core.events.take();
    core.emit({ type: 'electionTimerReset', timeoutTicks: core.randomizedElectionTimeoutTicks });
    this.#readyMaker = new ReadyMaker(core);
  }

  get id(): NodeId {
    return this.#core.id;
  }

  // ---- In -----------------------------------------------------------------------------------------------------------

  /** One tick passes for the election timer, or for the heartbeats of a leader (Raft §5.2). */
  tick(): void {
    tick(this.#core);
    this.#readWatch.emitChanges(this.#core);
  }

  /**
   * Stands for election now, as if the election timer had fired (Raft §5.2). Ignored where the server may not stand,
   * for example while a promise not to vote binds it (dissertation §6.4.1).
   */
  campaign(): void {
    startElection(this.#core, this.#core.preVote ? 'pre-vote' : 'election');
  }

  /**
   * Takes a message from another server, or a response from this server's own storage threads.
   * @throws {InvariantViolation} when something that Raft guarantees does not hold: stop this node
   */
  step(message: Message | LocalMessage): StepOutcome {
    if (message.type === 'StorageAppendResponse' || message.type === 'StorageApplyResponse') {
      stepLocal(this.#core, message);
      return 'stepped';
    }
    if (ANSWERS.has(message.type) && !this.#core.membership.progress.has(message.from)) {
      return 'unknown-peer';
    }
    if (!isWellFormed(this.#core, message)) {
      return 'malformed';
    }
    try {
      stepMessage(this.#core, message);
      return 'stepped';
    } catch (error) {
      if (error instanceof ProposalDropped) {
        return 'proposal-dropped';
      }
      throw error;
    }
  }

  /**
   * Proposes commands (Raft §5.3), as one batch: in order, all or none. On a follower they are handed to the leader,
   * and may be lost on the way: only the entry in a later Ready says that a command is in the log.
   * @throws {ProposalDropped} when they were not taken, and never will be
   */
  propose(...commands: readonly Uint8Array[]): void {
    invariant(commands.length > 0, () => 'a proposal without any command');
    propose(
      this.#core,
      commands.map((data) => ({ type: 'command', data })),
    );
  }

  /**
   * Proposes a membership change (dissertation §4). A leader that refuses it (see `configurationChangeRefusal`) appends
   * a no-op in its place.
   * @throws {ProposalDropped} as for `propose`
   */
  proposeConfigurationChange(change: ConfigurationChange): void {
    propose(this.#core, [{ type: 'configuration', data: encodeConfigurationChange(change) }]);
  }

  /** Why this server, as leader, would refuse the change now; undefined when it would not. */
  configurationChangeRefusal(change: ConfigurationChange): string | undefined {
    return changeRefusal(this.#core, change);
  }

  /**
   * Call this for each configuration entry among the committed entries, when it is applied.
   * @throws {ConfigurationError} when it does not fit; continue with the next entry, as every other server does
   */
  applyConfigurationChange(change: ConfigurationChange): Configuration {
    applyChange(this.#core, change);
    return this.#core.configuration;
  }

  /**
   * Asks for a read index (dissertation §6.4); the answer comes as a ReadState with the same context, in a later Ready.
   * It may never come (a message was lost, the leader changed): ask again, with another context.
   * @param needsRound whether to require a round of heartbeats, even where the leader holds a lease
   * @returns false when no answer can come: no leader is known, or too many reads wait
   */
  readIndex(context: Uint8Array, needsRound = false): boolean {
    const core = this.#core;
    const request = { type: 'ReadIndex', from: core.id, to: core.id, term: 0, context, needsRound } as const;
    if (core.role === 'leader') {
      return handleReadIndex(core, request);
    }
    stepMessage(core, request);
    return core.leader !== NONE;
  }

  /** Asks to hand the leadership to `transferee` (dissertation §3.10); a follower asks the leader. */
  transferLeadership(transferee: NodeId): void {
    const { id } = this.#core;
    stepMessage(this.#core, { type: 'TransferLeadership', from: id, to: id, term: 0, transferee });
  }

  /**
   * Forgets the leader, so that this follower can vote for another at once: for an owner that knows better than the
   * timer. Ignored with lease reads, which rest on that timer. A promise that was given while they were on is kept.
   */
  forgetLeader(): void {
    if (this.#core.role === 'follower' && this.#core.readOnly !== 'lease') {
      setLeader(this.#core, NONE);
    }
  }

  get term(): Term {
    return this.#core.currentTerm;
  }

  get role(): Role {
    return this.#core.role;
  }

  /** NONE when no leader is known. */
  get leader(): NodeId {
    return this.#core.leader;
  }

  get commitIndex(): Index {
    return this.#core.log.commitIndex;
  }

  /** As of the last applied entry. */
  get configuration(): Configuration {
    return this.#core.configuration;
  }

  /** The minimum election timeout. */
  get electionTimeoutTicks(): number {
    return this.#core.electionTimeoutTicks;
  }

  /** How reads are confirmed now. */
  get readOnly(): ReadOnlyMode {
    return this.#core.readOnly;
  }

  /**
   * Changes how reads are confirmed while the node runs (see `RaftSettings.readOnly`). A lease rests on the promises of
   * a majority: change all servers. While they differ, reads stay linearizable and wait for a round.
   * @throws {InvalidSettings} for lease reads without the checkQuorum that they need
   */
  setReadOnly(readOnly: ReadOnlyMode): void {
    const { checkQuorum, rules } = this.#core;
    checkReadOnly({ readOnly, checkQuorum, rules });
    if (readOnly !== this.#core.readOnly) {
      this.#core.readOnly = readOnly;
      this.forgetLease();
    }
  }

  /**
   * Whether the leader, as far as this server knows, can confirm no read and begin no membership change before somebody
   * proposes something.
   */
  get awaitsFirstProposal(): boolean {
    return this.#core.awaitsFirstProposal;
  }

  /**
   * Changes which Raft this server runs while it runs; what is left out is as in `resolveSettings`. Change all servers:
   * while they differ, each keeps to its own rules. A lease ends, because what it rests on may have changed.
   * @throws {InvalidSettings} for lease reads without the checkQuorum that they need
   */
  setSwitches({ preVote = true, checkQuorum = true, noOp = true, rules: rulesSet = {} }: RaftSwitches): void {
    const core = this.#core;
    const rules = { ...ALL_RULES, ...rulesSet };
    checkReadOnly({ readOnly: core.readOnly, checkQuorum, rules });
    Object.assign(core, { preVote, checkQuorum, noOp, rules });
    this.forgetLease();
    if (core.noOp && core.role === 'leader' && core.log.lastEntryId().term !== core.currentTerm) {
      appendNoOp(core);
      broadcastAppend(core);
    }
  }

  /**
   * Call this before feeding anything else when time has passed that no `tick` will make up for: the lease counts ticks
   * (dissertation §6.4.1). Reads then wait for a round again until one has renewed the lease.
   */
  forgetLease(): void {
    this.#core.lease.forget();
  }

  /** A message to `id` could not be sent: probe that follower instead of flooding it. */
  reportUnreachable(id: NodeId): void {
    const progress = this.#core.membership.progress.get(id);
    if (this.#core.role === 'leader' && progress?.state === 'replicate') {
      progress.becomeProbe();
    }
  }

  /** Whether the snapshot that was sent to `id` was delivered; without this report a lost one is never sent again. */
  reportSnapshot(id: NodeId, delivered: boolean): void {
    const progress = this.#core.membership.progress.get(id);
    if (this.#core.role === 'leader' && progress !== undefined) {
      snapshotReported(progress, delivered);
    }
  }

  /**
   * Changes the pace while running. The election timer continues with its present timeout; the next one is drawn at the
   * new pace. A lease ends, and begins again once a majority promises enough for the new pace. This server keeps a
   * promise that it made at the old pace.
   * @throws {InvalidSettings}
   */
  setTicks({ electionTimeoutTicks, heartbeatTicks, tickMs = this.#core.tickMs }: Ticks): void {
    checkTicks({ electionTimeoutTicks, heartbeatTicks, tickMs });
    this.#core.lease.convertPromise(tickMs);
    this.#core.tickMs = tickMs;
    this.#core.electionTimeoutTicks = electionTimeoutTicks;
    this.#core.heartbeatTicks = heartbeatTicks;
    this.forgetLease();
  }

  /** Replaces the election timeout that was drawn, until the next one is drawn. For scripted runs and lessons. */
  setRandomizedElectionTimeout(timeoutTicks: number): void {
    this.#core.randomizedElectionTimeoutTicks = timeoutTicks;
  }

  // ---- Out ----------------------------------------------------------------------------------------------------------

  /** Whether `ready` has anything to hand out. */
  hasReady(): boolean {
    return this.#readyMaker.hasReady();
  }

  /**
   * The messages that the next Ready will hand out: those that may leave before it is persisted, and those after it,
   * which may include this server's own to itself. For whoever wants to know what made a message.
   */
  get outboxes(): readonly [beforePersist: readonly Message[], afterPersist: readonly Message[]] {
    return [this.#core.outbox, this.#core.outboxAfterPersist];
  }

  /** Hands out what there is to do, each item once. */
  ready(): Ready {
    this.#progressWatch.emitChanges(this.#core);
    return this.#readyMaker.ready();
  }

  /** Everything that the last Ready asked for is done. */
  advance(): void {
    for (const message of this.#readyMaker.takeStepsOnAdvance()) {
      if (message.type === 'StorageAppendResponse' || message.type === 'StorageApplyResponse') {
        stepLocal(this.#core, message);
      } else {
        stepMessage(this.#core, message);
      }
    }
  }

  /** What happened since the last call, oldest first. At most `maxBufferedEvents` are kept. */
  takeEvents(): RaftEvent[] {
    return this.#core.events.take();
  }

  /** The term of the log's entry at `index`, persisted or not yet; undefined where the log has none. */
  termAt(index: Index): Term | undefined {
    return this.#core.log.term(index);
  }

  /** The state of this server, for display and tests. */
  status(): RaftStatus {
    return statusOf(this.#core);
  }
}
