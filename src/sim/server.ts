/**
 * One simulated server: the real Raft core and the real state machine around a simulated disk, driven as a node's
 * thread is.
 */
import { encodeKvEntry, KvStateMachine } from '../kv/index.ts';
import type { KvEntry, KvResult } from '../kv/index.ts';
import {
  type Configuration, ConfigurationError, decodeConfigurationChange, type Entry, type HardState, type Index,
  type LogStorage, type Message, type NodeId, NONE, ProposalDropped, RaftNode, type RaftEvent, type RaftStatus,
  type Ready, type Role, type Snapshot,
} from '../raft/index.ts';
import type { SafetyRules } from '../raft/index.ts';
import type { Appended, ObservedLog, ObservedServer } from './checks/observer.ts';
import type { SimulatedDisk } from './disk.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { SimSettings } from './settings.ts';

/** What a server needs of the world around it, and what it tells it. */
export interface ServerWorld {
  readonly schedule: Schedule;
  readonly settings: SimSettings;
  readonly rules: Partial<SafetyRules>;
  send(message: Message): void;
  onStart(server: Server): void;
  onEvent(server: Server, event: RaftEvent, role: Role, log: ObservedLog): void;
  onAppend(server: Server, appended: Appended): void;
  onPersist(server: Server, hardState: HardState): void;
  onApply(server: Server, role: Role, entry: Entry, result: KvResult | undefined, kvEntry: KvEntry | undefined): void;
  onRead(server: Server, context: Uint8Array): void;
  onConfiguration(server: Server, configuration: Configuration): void;
  onFailed(server: Server, reason: string): void;
}

export type ServerLife = 'up' | 'paused' | 'down';

/** Datagrams that wait while a server is paused or writing; more are lost, as in a full socket buffer. */
const INBOX_MAX = 1000;

export class Server implements ObservedServer {
  readonly id: NodeId;
  readonly disk: SimulatedDisk;
  readonly #world: ServerWorld;
  readonly #random: Random;
  life: ServerLife = 'down';
  /** Starts anew each time the server starts: what was scheduled for an earlier life does not happen. */
  #boot = 0;
  #raft: RaftNode | undefined;
  #machine = new KvStateMachine();
  #lastApplied: Index = 0;
  #configuration: Configuration;
  #lastSnapshotIndex: Index = 0;
  #inbox: Message[] = [];
  /** What was asked of this server while it was writing. */
  #requests: ((raft: RaftNode) => void)[] = [];
  #waitingReads: { readonly readIndex: Index; readonly context: Uint8Array }[] = [];

  constructor(world: ServerWorld, id: NodeId, disk: SimulatedDisk, random: Random) {
    this.#world = world;
    this.id = id;
    this.disk = disk;
    this.#random = random;
    this.#configuration = disk.storage.initialState().configuration;
  }

  get machine(): KvStateMachine {
    return this.#machine;
  }

  get lastApplied(): Index {
    return this.#lastApplied;
  }

  get configuration(): Configuration {
    return this.#configuration;
  }

  /** Undefined while down. */
  status(): RaftStatus | undefined {
    return this.#raft?.status();
  }

  // ---- Life ---------------------------------------------------------------------------------------------------------

  /** Starts from what is on disk, as after a crash. */
  start(): void {
    const { settings } = this.#world;
    const snapshot = this.disk.storage.snapshot();
    const snapshotIndex = snapshot?.lastIncludedIndex ?? 0;
    this.#boot += 1;
    this.life = 'up';
    this.#inbox = [];
    this.#requests = [];
    this.#waitingReads = [];
    this.atNextWrite = undefined;
    this.#restoreMachine(snapshot);
    this.#raft = new RaftNode({
      id: this.id,
      electionTimeoutTicks: settings.electionTimeoutTicks,
      heartbeatTicks: settings.heartbeatTicks,
      randomizedElectionTimeout: (minimum) => this.#random.int(minimum, 2 * minimum - 1),
      storage: this.#logStorage(),
      applied: snapshotIndex,
      maxEntriesBytesPerMessage: settings.entriesPerMessageBytes,
      maxInflightMessages: settings.inflightMessages,
      preVote: settings.preVote,
      checkQuorum: settings.checkQuorum,
      readOnly: settings.leaseReads ? 'lease' : 'read-index',
      rules: this.#world.rules,
    });
    this.#world.onStart(this);
    this.#scheduleTick(this.#boot, 1);
    this.#pump();
  }

  /** Stops where it stands. @param writeCompleted whether the write under way is found on disk afterwards */
  crash(writeCompleted: boolean): void {
    const write = this.disk.crash(writeCompleted);
    this.#raft = undefined;
    this.life = 'down';
    if (write?.hardState !== undefined) {
      this.#world.onPersist(this, write.hardState);
    }
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

  /** To be called, once, at the moment when the next write has begun and nothing is on disk yet. */
  atNextWrite: (() => void) | undefined;

  // ---- Input --------------------------------------------------------------------------------------------------------

  /** How fast this server's clock runs: 1 is right, 1.1 a tenth too fast. */
  clockRate = 1;

  receive(message: Message): void {
    if (this.life !== 'down' && this.#inbox.length < INBOX_MAX) {
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
    if (this.life === 'down' || this.#requests.length >= INBOX_MAX) {
      return false;
    }
    this.#requests.push(action);
    this.#pump();
    return true;
  }

  /** Takes a snapshot of what is applied, and discards the log before it but for some trailing entries (Raft §7). */
  compact(trailingEntries: number): void {
    const { storage } = this.disk;
    const snapshotIndex = storage.snapshot()?.lastIncludedIndex ?? 0;
    if (this.life !== 'up' || this.disk.isWriting || this.#lastApplied <= snapshotIndex) {
      return;
    }
    storage.saveSnapshot(this.#takeSnapshot());
    storage.saveConfiguration(this.#configuration);
    this.#lastSnapshotIndex = this.#lastApplied;
    const firstIndex = Math.max(storage.firstIndex(), this.#lastApplied + 1 - trailingEntries);
    storage.compact(firstIndex);
  }

  /**
   * The disk as the core reads it. A snapshot to send is taken at that moment, so that it holds the configuration in
   * which
   * its receiver is a member: a server does not install a snapshot that does not know it.
   */
  #logStorage(): LogStorage {
    const { storage } = this.disk;
    return {
      initialState: () => storage.initialState(),
      firstIndex: () => storage.firstIndex(),
      lastIndex: () => storage.lastIndex(),
      term: (index) => storage.term(index),
      entries: (low, high, maxBytes) => storage.entries(low, high, maxBytes),
      snapshot: () => (this.#lastApplied === 0 ? undefined : this.#takeSnapshot()),
    };
  }

  #takeSnapshot(): Snapshot {
    return {
      lastIncludedIndex: this.#lastApplied,
      lastIncludedTerm: this.disk.storage.term(this.#lastApplied),
      configuration: this.#configuration,
      data: this.#machine.snapshot(),
    };
  }

  // ---- The loop of a node's thread ----------------------------------------------------------------------------------

  #scheduleTick(boot: number, tickMicros: number): void {
    this.#world.schedule.after(tickMicros, () => {
      if (boot !== this.#boot || this.life === 'down') {
        return;
      }
      // A paused or writing server misses its ticks, like a thread that is not scheduled.
      if (this.life === 'up' && !this.disk.isWriting) {
        this.#raft?.tick();
        this.#pump();
      }
      this.#scheduleTick(boot, Math.round(10_000 / this.clockRate));
    });
  }

  #pump(): void {
    const raft = this.#raft;
    while (raft !== undefined && this.life === 'up' && !this.disk.isWriting) {
      const messages = this.#inbox;
      this.#inbox = [];
      for (const message of messages) {
        raft.step(message);
        this.#report(raft);
      }
      this.#doRequests(raft);
      this.#report(raft);
      if (!raft.hasReady()) {
        return;
      }
      this.#handle(raft, raft.ready());
    }
  }

  #doRequests(raft: RaftNode): void {
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
  }

  #handle(raft: RaftNode, ready: Ready): void {
    const { role } = raft.status();
    this.#report(raft);
    this.#sendAll(ready.messagesBeforePersist);
    this.#observeAppend(role, ready);
    if (ready.hardState === undefined && ready.entries.length === 0 && ready.snapshot === undefined) {
      this.#finish(raft, ready);
      return;
    }
    if (!this.disk.begin(ready)) {
      // Disk full: the node must not vote or acknowledge any more (see docs/database.md).
      this.crash(false);
      this.#world.onFailed(this, 'disk full');
      return;
    }
    if (this.atNextWrite !== undefined) {
      const interrupt = this.atNextWrite;
      this.atNextWrite = undefined;
      interrupt();
      return;
    }
    const boot = this.#boot;
    const { diskMicros } = this.#world.settings;
    this.#world.schedule.after(this.#random.int(diskMicros.min, diskMicros.max) * this.disk.slowness, () => {
      if (boot !== this.#boot || this.#raft !== raft) {
        return; // it crashed meanwhile
      }
      this.disk.finish();
      if (ready.hardState !== undefined) {
        this.#world.onPersist(this, ready.hardState);
      }
      this.#finish(raft, ready);
      this.#pump();
    });
  }

  #finish(raft: RaftNode, ready: Ready): void {
    const { role } = raft.status();
    this.#sendAll(ready.messages);
    if (ready.snapshot !== undefined) {
      this.#restoreMachine(ready.snapshot);
    }
    for (const entry of ready.committedEntries) {
      this.#apply(raft, role, entry);
    }
    this.#waitingReads.push(...ready.readStates);
    this.#serveReads();
    raft.advance();
    this.#report(raft);
    if (this.#lastApplied - this.#lastSnapshotIndex >= this.#world.settings.snapshotEveryEntries) {
      this.compact(this.#world.settings.trailingEntries);
    }
  }

  #apply(raft: RaftNode, role: Role, entry: Entry): void {
    this.#lastApplied = entry.index;
    if (entry.type === 'command') {
      const { entry: kvEntry, result } = this.#machine.apply(entry.index, entry.data);
      this.#world.onApply(this, role, entry, result, kvEntry);
      return;
    }
    this.#world.onApply(this, role, entry, undefined, undefined);
    if (entry.type === 'configuration') {
      try {
        this.#configuration = raft.applyConfigurationChange(decodeConfigurationChange(entry.data));
        this.#world.onConfiguration(this, this.#configuration);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) {
          throw error;
        }
      }
    }
  }

  #serveReads(): void {
    const due = this.#waitingReads.filter(({ readIndex }) => readIndex <= this.#lastApplied);
    this.#waitingReads = this.#waitingReads.filter(({ readIndex }) => readIndex > this.#lastApplied);
    for (const { context } of due) {
      this.#world.onRead(this, context);
    }
  }

  #restoreMachine(snapshot: Snapshot | undefined): void {
    const hasData = snapshot !== undefined && snapshot.data.length > 0;
    this.#machine = hasData ? KvStateMachine.restore(snapshot.data) : new KvStateMachine();
    this.#lastApplied = snapshot?.lastIncludedIndex ?? 0;
    this.#lastSnapshotIndex = this.#lastApplied;
    this.#configuration = snapshot?.configuration ?? this.#configuration;
  }

  #sendAll(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.to !== NONE && message.to !== this.id) {
        this.#world.send(message);
      }
    }
  }

  #observeAppend(role: Role, ready: Ready): void {
    const first = ready.entries[0];
    if (first === undefined) {
      return;
    }
    const { storage } = this.disk;
    const previousTerm = ready.snapshot?.lastIncludedIndex === first.index - 1
      ? ready.snapshot.lastIncludedTerm
      : storage.term(first.index - 1);
    const replacedFrom = ready.snapshot === undefined && first.index <= storage.lastIndex() ? first.index : undefined;
    this.#world.onAppend(this, { role, entries: ready.entries, previousTerm, replacedFrom });
  }

  #report(raft: RaftNode): void {
    for (const event of raft.takeEvents()) {
      const { role } = raft.status();
      this.#world.onEvent(this, event, role, this.#observedLog(raft));
    }
  }

  #observedLog(raft: RaftNode): ObservedLog {
    const { firstIndex, lastIndex } = raft.status();
    return { firstIndex, lastIndex, termAt: (index) => raft.termAt(index) };
  }
}
