/**
 * One simulated server: the real Raft core and the real state machine around a simulated disk, driven as a node's
 * thread is (src/node/nodeLoop.ts, src/node/readyWriter.ts).
 */
import { encodeKvEntry, type KvEntry } from '../kv/index.ts';
import {
  type Configuration, type Entry, type HardState, type Index, type LogStorage, type Message, type NodeId, NONE,
  ProposalDropped, type RaftEvent, RaftNode, type RaftStatus, type Ready, type Role, type SafetyRules, type Term,
} from '../raft/index.ts';
import type { Appended, ObservedLog, ObservedServer } from './checks/observer.ts';
import { type CrashOutcome, type DiskWrite, type SimulatedDisk, TornWriteError } from './disk.ts';
import type { Random } from './random.ts';
import { type AppliedCommand, Replica } from './replica.ts';
import type { Micros, Schedule } from './schedule.ts';
import { type SimSettings, TICK_MICROS } from './settings.ts';

/** What a server needs of the world around it, and what it tells it. */
export interface ServerWorld {
  readonly schedule: Schedule;
  readonly settings: SimSettings;
  readonly rules: Partial<SafetyRules>;
  send(server: Server, message: Message): void;
  onStart(server: Server): void;
  onEvent(server: Server, event: RaftEvent, log: ObservedLog): void;
  onAppend(server: Server, appended: Appended): void;
  onPersist(server: Server, hardState: HardState): void;
  onApply(server: Server, entry: Entry, command: AppliedCommand | undefined): void;
  onRead(server: Server, context: Uint8Array): void;
  onConfiguration(server: Server, configuration: Configuration): void;
  /** The server ended itself. `disk-full`: it comes back when there is room; `corrupt`: it never does. */
  onFailed(server: Server, code: 'disk-full' | 'corrupt', message: string): void;
}

/** `lost`: its disk is gone or unreadable, so it may never come back under its identifier. */
export type ServerLife = 'up' | 'paused' | 'down' | 'lost';

/** Datagrams that wait while a server is paused or writing; more are lost, as in a full socket buffer. */
const INBOX_MAX = 1000;
/** As in a node: a commit index that no other write has taken along is written after that many ticks. */
const COMMIT_INDEX_LAG_TICKS = 5;
/** As in a node: after a pause or a busy spell no more ticks than these are made up for. */
const LATE_TICKS_MAX = 3;

export class Server implements ObservedServer {
  readonly id: NodeId;
  readonly disk: SimulatedDisk;
  readonly #world: ServerWorld;
  readonly #random: Random;
  life: ServerLife = 'down';
  /** How long this server takes a tick to be. */
  tickMicros: Micros = TICK_MICROS;
  /** As of its last event; a server that is down keeps what it had. */
  role: Role = 'follower';
  term: Term = 0;
  #commitIndex: Index = 0;
  replica: Replica;
  /** Starts anew each time the server starts: what was scheduled for an earlier life does not happen. */
  #boot = 0;
  #raft: RaftNode | undefined;
  #dueTicks = 0;
  #inbox: Message[] = [];
  /** What was asked of this server while it was writing. */
  #requests: ((raft: RaftNode) => void)[] = [];
  /** Told by the core and not on disk, because only the commit index changed; and for how many ticks. */
  #waitingHardState: HardState | undefined;
  #waitingTicks = 0;

  constructor(world: ServerWorld, id: NodeId, disk: SimulatedDisk, random: Random) {
    this.#world = world;
    this.id = id;
    this.disk = disk;
    this.#random = random;
    this.replica = new Replica(disk.storage.initialState().configuration);
  }

  /** Undefined while down. */
  status(): RaftStatus | undefined {
    return this.#raft?.status();
  }

  get leads(): boolean {
    return this.#raft !== undefined && this.role === 'leader';
  }

  // ---- Life ---------------------------------------------------------------------------------------------------------

  /** Starts from what is on disk, as after a crash; a disk that cannot be read is refused, and the server is lost. */
  start(): void {
    try {
      this.disk.open();
    } catch (error) {
      if (!(error instanceof TornWriteError)) {
        throw error;
      }
      this.life = 'lost';
      this.#world.onFailed(this, 'corrupt', error.message);
      return;
    }
    const { settings } = this.#world;
    const { hardState, configuration } = this.disk.storage.initialState();
    this.#boot += 1;
    this.life = 'up';
    this.role = 'follower';
    this.term = hardState.currentTerm;
    this.#dueTicks = 0;
    this.#inbox = [];
    this.#requests = [];
    this.#waitingHardState = undefined;
    this.replica = new Replica(configuration);
    this.replica.restore(this.disk.storage.snapshot());
    this.#commitIndex = Math.max(hardState.commitIndex, this.replica.lastApplied);
    this.#raft = new RaftNode({
      id: this.id,
      electionTimeoutTicks: settings.electionTimeoutTicks,
      heartbeatTicks: settings.heartbeatTicks,
      randomizedElectionTimeout: (minimum) => this.#random.int(minimum, 2 * minimum - 1),
      storage: this.#logStorage(),
      applied: this.replica.lastApplied,
      maxEntriesBytesPerMessage: settings.entriesPerMessageBytes,
      maxInflightMessages: settings.inflightMessages,
      preVote: settings.preVote,
      checkQuorum: settings.checkQuorum,
      readOnly: this.#leaseReads ? 'lease' : 'read-index',
      rules: this.#world.rules,
    });
    this.#world.onStart(this);
    this.#scheduleTick(this.#boot, 1);
    this.#pump();
  }

  /** A core with all its rules refuses lease reads without check-quorum, so its owner lets reads go the usual way. */
  get #leaseReads(): boolean {
    const { settings, rules } = this.#world;
    return settings.leaseReads && (settings.checkQuorum || rules.leaseNeedsCheckQuorum === false);
  }

  /** Stops where it stands. */
  crash(outcome: CrashOutcome): void {
    if (this.life === 'lost') {
      return;
    }
    const write = this.disk.crash(outcome);
    this.#raft = undefined;
    this.life = 'down';
    if (write?.hardState !== undefined) {
      this.#world.onPersist(this, write.hardState);
    }
  }

  /** Stops for good: its disk is gone. */
  lose(): void {
    this.crash('lost');
    this.life = 'lost';
  }

  /** Stops taking input, as a stopped process does; its socket still fills. */
  pause(): void {
    if (this.life === 'up') {
      this.life = 'paused';
    }
  }

  resume(): void {
    if (this.life === 'paused') {
      this.life = 'up';
      this.#pump();
    }
  }

  // ---- Input --------------------------------------------------------------------------------------------------------

  receive(message: Message): void {
    if (this.#raft !== undefined && this.#inbox.length < INBOX_MAX) {
      this.#inbox.push(message);
      this.#pump();
    }
  }

  /** @returns false when it was not taken and never will be; true says nothing yet */
  propose(entry: KvEntry): boolean {
    return this.command((raft) => {
      raft.propose(encodeKvEntry(entry));
    });
  }

  /** @returns false when no answer will come; true promises none */
  readIndex(context: Uint8Array): boolean {
    return this.command((raft) => {
      raft.readIndex(context);
    });
  }

  /** Does something with the core, once this server takes input. @returns false when it does not run */
  command(action: (raft: RaftNode) => void): boolean {
    if (this.#raft === undefined || this.#requests.length >= INBOX_MAX) {
      return false;
    }
    this.#requests.push(action);
    this.#pump();
    return true;
  }

  /** Takes a snapshot, if nothing is being written, and discards the log before it but for some trailing entries. */
  compact(trailingEntries: number): void {
    if (this.life === 'up' && !this.disk.isWriting) {
      this.replica.compact(this.disk.storage, trailingEntries);
    }
  }

  /**
   * The disk as the core reads it. A snapshot to send is taken at that moment, so that it holds the configuration in
   * which its receiver is a member: a server does not install a snapshot that does not know it.
   */
  #logStorage(): LogStorage {
    const { storage } = this.disk;
    return {
      initialState: () => storage.initialState(),
      firstIndex: () => storage.firstIndex(),
      lastIndex: () => storage.lastIndex(),
      term: (index) => storage.term(index),
      entries: (low, high, maxBytes) => storage.entries(low, high, maxBytes),
      snapshot: () => (this.replica.lastApplied === 0 ? undefined : this.replica.takeSnapshot(storage)),
    };
  }

  // ---- The loop of a node's thread ----------------------------------------------------------------------------------

  #scheduleTick(boot: number, delay: Micros): void {
    this.#world.schedule.after(delay, () => {
      if (boot === this.#boot && this.#raft !== undefined) {
        this.#dueTicks += 1;
        this.#pump();
        this.#scheduleTick(boot, this.tickMicros);
      }
    });
  }

  #pump(): void {
    const raft = this.#raft;
    while (raft !== undefined && raft === this.#raft && this.life === 'up' && !this.disk.isWriting) {
      this.#takeInputs(raft);
      if (raft.hasReady()) {
        this.#handle(raft, raft.ready());
      } else if (!this.#writeOverdue()) {
        return;
      }
    }
  }

  #takeInputs(raft: RaftNode): void {
    // A lease reckons with all time that has passed before whatever came meanwhile (dissertation §6.4.1). Without one,
    // lost time is no evidence of a lost leader, and a heartbeat that has arrived counts before the tick that would
    // have missed it.
    const dueTicks = Math.min(this.#dueTicks, LATE_TICKS_MAX);
    if (this.#dueTicks > dueTicks) raft.forgetLease();
    this.#dueTicks = 0;
    if (this.#leaseReads) this.#tick(raft, dueTicks);
    const messages = this.#inbox;
    this.#inbox = [];
    for (const message of messages) {
      raft.step(message);
      this.#report(raft);
    }
    if (!this.#leaseReads) this.#tick(raft, dueTicks);
    this.#doRequests(raft);
  }

  #tick(raft: RaftNode, count: number): void {
    for (let tick = 0; tick < count; tick += 1) {
      raft.tick();
      this.#waitingTicks += 1;
    }
    this.#report(raft);
  }

  #doRequests(raft: RaftNode): void {
    if (this.#requests.length === 0) {
      return;
    }
    const requests = this.#requests;
    this.#requests = [];
    for (const action of requests) {
      try {
        action(raft);
      } catch (error) {
        if (!(error instanceof ProposalDropped)) {
          throw error;
        }
      }
    }
    this.#report(raft);
  }

  #handle(raft: RaftNode, ready: Ready): void {
    this.#report(raft);
    this.#sendAll(ready.messagesBeforePersist);
    this.#observeAppend(ready);
    if (ready.hardState !== undefined) {
      this.#waitingTicks = this.#waitingHardState === undefined ? 0 : this.#waitingTicks;
      this.#waitingHardState = ready.hardState;
    }
    if (!ready.mustSync && ready.entries.length === 0 && ready.snapshot === undefined) {
      this.#finish(raft, ready);
      return;
    }
    const { entries, snapshot } = ready;
    this.#write({ hardState: this.#waitingHardState, entries, snapshot }, () => {
      this.#finish(raft, ready);
      this.#pump();
    });
  }

  /** Writes a commit index that has waited long enough. @returns whether there was one */
  #writeOverdue(): boolean {
    if (this.#waitingHardState === undefined || this.#waitingTicks < COMMIT_INDEX_LAG_TICKS) {
      return false;
    }
    this.#write({ hardState: this.#waitingHardState, entries: [], snapshot: undefined }, () => {
      this.#pump();
    });
    return true;
  }

  #write(write: DiskWrite, onDone: () => void): void {
    this.#waitingHardState = undefined;
    if (!this.disk.begin(write)) {
      // Disk full: the node must not vote or acknowledge any more (see docs/database.md).
      this.crash('lost');
      this.#world.onFailed(this, 'disk-full', 'database or disk is full');
      return;
    }
    const boot = this.#boot;
    const { diskMicros } = this.#world.settings;
    const duration = Math.ceil(this.#random.int(diskMicros.min, diskMicros.max) * this.disk.slowness);
    this.#world.schedule.after(duration, () => {
      if (boot !== this.#boot || this.#raft === undefined) {
        return; // it crashed meanwhile
      }
      this.disk.finish();
      if (write.hardState !== undefined) {
        this.#world.onPersist(this, write.hardState);
      }
      onDone();
    });
  }

  #finish(raft: RaftNode, ready: Ready): void {
    this.#sendAll(ready.messages);
    if (ready.snapshot !== undefined) {
      this.replica.restore(ready.snapshot);
    }
    for (const entry of ready.committedEntries) {
      const { command, configuration } = this.replica.apply(raft, entry);
      this.#world.onApply(this, entry, command);
      if (configuration !== undefined) {
        this.#world.onConfiguration(this, configuration);
      }
    }
    this.replica.await(ready.readStates);
    for (const { context } of this.replica.takeDueReads()) {
      this.#world.onRead(this, context);
    }
    raft.advance();
    this.#report(raft);
    if (this.replica.entriesSinceSnapshot >= this.#world.settings.snapshotEveryEntries) {
      this.compact(this.#world.settings.trailingEntries);
    }
  }

  #sendAll(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.to !== NONE && message.to !== this.id) {
        this.#world.send(this, message);
      }
    }
  }

  // ---- What the checks are told -------------------------------------------------------------------------------------

  #observeAppend({ entries, snapshot }: Ready): void {
    const first = entries[0];
    if (first === undefined) {
      return;
    }
    const { storage } = this.disk;
    const followsSnapshot = snapshot?.lastIncludedIndex === first.index - 1;
    const previousTerm = followsSnapshot ? snapshot.lastIncludedTerm : storage.term(first.index - 1);
    const replacedFrom = snapshot === undefined && first.index <= storage.lastIndex() ? first.index : undefined;
    this.#world.onAppend(this, {
      role: this.role, entries, previousTerm, replacedFrom, commitIndex: this.#commitIndex,
    });
  }

  #report(raft: RaftNode): void {
    const events = raft.takeEvents();
    if (events.length === 0) {
      return;
    }
    const log = new CoreLog(raft);
    for (const event of events) {
      if (event.type === 'roleChanged') this.role = event.role;
      if (event.type === 'termChanged') this.term = event.term;
      if (event.type === 'commitAdvanced') this.#commitIndex = event.commitIndex;
      this.#world.onEvent(this, event, log);
    }
  }
}

/** The log as it is when it is looked at, which few checks do. */
class CoreLog implements ObservedLog {
  readonly #raft: RaftNode;

  constructor(raft: RaftNode) {
    this.#raft = raft;
  }

  get firstIndex(): Index {
    return this.#raft.status().firstIndex;
  }

  get lastIndex(): Index {
    return this.#raft.status().lastIndex;
  }

  termAt(index: Index): Term | undefined {
    return this.#raft.termAt(index);
  }
}
