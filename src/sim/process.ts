/**
 * A simulated server between a start and a crash: the core and everything else that a crash loses, driven like a node's
 * thread (src/node/turn/raftServer.ts, src/node/turn/nodeLoop.ts, src/node/turn/readyWriter.ts).
 */
import {
  type HardState, type Index, type LogStorage, type Message, NONE, ProposalDropped, RaftNode, type RaftStatus,
  type ReadOnlyMode, type Ready, type Term,
} from '../raft/index.ts';
import type { ObservedLog } from './checks/observer.ts';
import type { DiskWrite } from './disk.ts';
import type { Random } from './random.ts';
import type { Micros } from './schedule.ts';
import type { RunningProcess, Server, ServerWorld } from './server.ts';
import type { LabTerms } from './settings.ts';

/** Datagrams that wait while a server is paused or writing; more are lost, as in a full socket buffer. */
const INBOX_MAX = 1000;
/** As in a node: a commit index that no other write has included is written after this many ticks. */
const COMMIT_INDEX_LAG_TICKS = 5;
/** As in a node: after a pause or a busy period at most this many ticks are made up for. */
const LATE_TICKS_MAX = 3;

export class ServerProcess implements RunningProcess {
  readonly #world: ServerWorld;
  readonly #server: Server;
  readonly #random: Random;
  readonly #raft: RaftNode;
  #hasEnded = false;
  #commitIndex: Index;
  #dueTicks = 0;
  #inbox: Message[] = [];
  /** What was asked of this server while it was writing. */
  #requests: ((raft: RaftNode) => void)[] = [];
  /** Hard state from the core that is not on disk, because only the commit index changed; and for how many ticks. */
  #waitingHardState: HardState | undefined;
  #waitingTicks = 0;

  /**
   * @param server its disk has been opened, and its replica matches the disk
   * @param promisedTicks for how many ticks a promise not to vote, made before the crash, may still bind it
   */
  constructor(world: ServerWorld, server: Server, random: Random, promisedTicks: number) {
    this.#world = world;
    this.#server = server;
    this.#random = random;
    const { settings } = world;
    const { lastApplied } = server.replica;
    this.#commitIndex = Math.max(server.disk.hardState.commitIndex, lastApplied);
    this.#raft = new RaftNode({
      id: server.id,
      ...ticksOf(server.terms),
      promisedTicks,
      heartbeatTicks: settings.heartbeatTicks,
      randomizedElectionTimeout: (minimum) => random.int(minimum, 2 * minimum - 1),
      storage: this.#logStorage(),
      applied: lastApplied,
      maxEntriesBytesPerMessage: settings.entriesPerMessageBytes,
      maxInflightMessages: settings.inflightMessages,
      preVote: settings.preVote,
      checkQuorum: settings.checkQuorum,
      readOnly: this.#readOnly(server.terms),
      rules: world.rules,
    });
  }

  status(): RaftStatus {
    return this.#raft.status();
  }

  /** Starts the clock. */
  begin(): void {
    this.#scheduleTick(1);
    this.pump();
  }

  /** Stops the process at once; what was scheduled for it does not happen. */
  end(): void {
    this.#hasEnded = true;
  }

  receive(message: Message): void {
    if (this.#inbox.length < INBOX_MAX) {
      this.#inbox.push(message);
      this.pump();
    }
  }

  /** Does something with the core, once input is taken. @returns false when too much waits already */
  command(action: (raft: RaftNode) => void): boolean {
    if (this.#requests.length >= INBOX_MAX) {
      return false;
    }
    this.#requests.push(action);
    this.pump();
    return true;
  }

  /**
   * A core with all its rules refuses lease reads without check-quorum, so its owner then confirms reads by read index.
   */
  #readOnly({ leaseReads }: LabTerms): ReadOnlyMode {
    const { settings, rules } = this.#world;
    const isAllowed = leaseReads && (settings.checkQuorum || rules.leaseNeedsCheckQuorum === false);
    return isAllowed ? 'lease' : 'read-index';
  }

  /** Follows other lab terms as soon as it takes input. @param onFollowed called just before */
  follow(terms: LabTerms, onFollowed: () => void): void {
    this.command((raft) => {
      const { electionTimeoutTicks, tickMicros } = this.#server.terms;
      onFollowed();
      raft.setReadOnly(this.#readOnly(terms));
      if (terms.electionTimeoutTicks !== electionTimeoutTicks || terms.tickMicros !== tickMicros) {
        raft.setTicks({ ...ticksOf(terms), heartbeatTicks: this.#world.settings.heartbeatTicks });
      }
    });
  }

  /**
   * The disk as the core reads it. A snapshot to send is taken at that moment, so that it holds the configuration in
   * which its receiver is a member: a server does not install a snapshot that does not name it.
   */
  #logStorage(): LogStorage {
    const { disk: { storage }, replica } = this.#server;
    return {
      initialState: () => storage.initialState(),
      firstIndex: () => storage.firstIndex(),
      lastIndex: () => storage.lastIndex(),
      term: (index) => storage.term(index),
      entries: (low, high, maxBytes) => storage.entries(low, high, maxBytes),
      snapshot: () => (replica.lastApplied === 0 ? undefined : replica.takeSnapshot(storage)),
    };
  }

  // ---- The loop of a node's thread ----------------------------------------------------------------------------------

  #scheduleTick(delay: Micros): void {
    this.#world.schedule.after(delay, () => {
      if (!this.#hasEnded) {
        this.#dueTicks += 1;
        this.pump();
        this.#scheduleTick(this.#server.tickMicros);
      }
    });
  }

  /** Takes what waits and does what the core asks for, until it must wait for the disk or for more input. */
  pump(): void {
    const { disk } = this.#server;
    while (!this.#hasEnded && this.#server.life === 'up' && !disk.isWriting) {
      this.#takeInputs();
      if (this.#raft.hasReady()) {
        this.#handle(this.#raft.ready());
      } else if (!this.#writeOverdue()) {
        return;
      }
    }
  }

  #takeInputs(): void {
    // A lease must count all time that has passed before input from that time is taken (dissertation §6.4.1). Without a
    // lease, lost time is not evidence of a lost leader, and a heartbeat that has arrived counts before the tick that
    // would have missed it.
    const dueTicks = Math.min(this.#dueTicks, LATE_TICKS_MAX);
    if (this.#dueTicks > dueTicks) this.#raft.forgetLease();
    this.#dueTicks = 0;
    const ticksFirst = this.#raft.readOnly === 'lease';
    if (ticksFirst) this.#tick(dueTicks);
    const messages = this.#inbox;
    this.#inbox = [];
    for (const message of messages) {
      this.#raft.step(message);
      this.#report();
    }
    if (!ticksFirst) this.#tick(dueTicks);
    this.#doRequests();
  }

  #tick(count: number): void {
    for (let tick = 0; tick < count; tick += 1) {
      this.#raft.tick();
      this.#waitingTicks += 1;
    }
    this.#report();
  }

  #doRequests(): void {
    if (this.#requests.length === 0) {
      return;
    }
    const requests = this.#requests;
    this.#requests = [];
    for (const action of requests) {
      try {
        action(this.#raft);
      } catch (error) {
        if (!(error instanceof ProposalDropped)) {
          throw error;
        }
      }
    }
    this.#report();
  }

  #handle(ready: Ready): void {
    this.#report();
    this.#observeLeaseReads(ready);
    this.#sendAll(ready.messagesBeforePersist);
    this.#observeAppend(ready);
    if (ready.hardState !== undefined) {
      this.#waitingTicks = this.#waitingHardState === undefined ? 0 : this.#waitingTicks;
      this.#waitingHardState = ready.hardState;
    }
    if (!ready.mustSync) {
      this.#finish(ready);
      return;
    }
    const { entries, snapshot } = ready;
    this.#write({ hardState: this.#waitingHardState, entries, snapshot }, () => {
      this.#finish(ready);
      this.pump();
    });
  }

  /** Writes a commit index that has waited long enough. @returns whether there was one */
  #writeOverdue(): boolean {
    if (this.#waitingHardState === undefined || this.#waitingTicks < COMMIT_INDEX_LAG_TICKS) {
      return false;
    }
    this.#write({ hardState: this.#waitingHardState, entries: [], snapshot: undefined }, () => {
      this.pump();
    });
    return true;
  }

  #write(write: DiskWrite, onDone: () => void): void {
    this.#waitingHardState = undefined;
    const { disk } = this.#server;
    if (!disk.begin(write)) {
      // Disk full: the node must no longer vote or acknowledge (see docs/database.md).
      this.#server.crash('lost');
      this.#world.onFailed(this.#server, 'disk-full', 'database or disk is full');
      return;
    }
    const { diskMicros } = this.#world.settings;
    const duration = Math.ceil(this.#random.int(diskMicros.min, diskMicros.max) * disk.slowness);
    this.#world.schedule.after(duration, () => {
      if (this.#hasEnded) {
        return; // it crashed meanwhile
      }
      disk.finish();
      if (write.hardState !== undefined) {
        this.#world.onPersist(this.#server, write.hardState);
      }
      onDone();
    });
  }

  #finish(ready: Ready): void {
    const { replica } = this.#server;
    this.#sendAll(ready.messages);
    if (ready.snapshot !== undefined) {
      replica.restore(ready.snapshot);
    }
    for (const entry of ready.committedEntries) {
      const { command, configuration } = replica.apply(this.#raft, entry);
      this.#world.onApply(this.#server, entry, command);
      if (configuration !== undefined) {
        this.#world.onConfiguration(this.#server, configuration);
      }
    }
    replica.await(ready.readStates);
    for (const { context } of replica.takeDueReads()) {
      this.#world.onRead(this.#server, context);
    }
    this.#raft.advance();
    this.#report();
    if (replica.entriesSinceSnapshot >= this.#world.settings.snapshotEveryEntries) {
      this.#server.compact(this.#world.settings.trailingEntries);
    }
  }

  #sendAll(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.to !== NONE && message.to !== this.#server.id) {
        this.#world.send(this.#server, message);
      }
    }
  }

  // ---- What the checks are told -------------------------------------------------------------------------------------

  #observeAppend({ entries, snapshot }: Ready): void {
    const first = entries[0];
    if (first === undefined) {
      return;
    }
    const { role, disk: { storage } } = this.#server;
    const followsSnapshot = snapshot?.lastIncludedIndex === first.index - 1;
    const previousTerm = followsSnapshot ? snapshot.lastIncludedTerm : storage.term(first.index - 1);
    const replacedFrom = snapshot === undefined && first.index <= storage.lastIndex() ? first.index : undefined;
    this.#world.onAppend(this.#server, {
      role, entries, previousTerm, replacedFrom, commitIndex: this.#commitIndex,
    });
  }

  /** Its own reads, and those of followers that it answers. */
  #observeLeaseReads({ readStates, messagesBeforePersist }: Ready): void {
    const { role, term } = this.#server;
    const answers = messagesBeforePersist.filter((message) => message.type === 'ReadIndexResponse');
    const confirmed = [...(role === 'leader' ? readStates : []), ...answers];
    if (confirmed.some(({ confirmedBy }) => confirmedBy === 'lease')) {
      this.#world.onLeaseRead(this.#server, term);
    }
  }

  #report(): void {
    const events = this.#raft.takeEvents();
    if (events.length === 0) {
      return;
    }
    const log = new CoreLog(this.#raft);
    for (const event of events) {
      if (event.type === 'roleChanged') this.#server.role = event.role;
      if (event.type === 'termChanged') this.#server.term = event.term;
      if (event.type === 'commitAdvanced') this.#commitIndex = event.commitIndex;
      this.#world.onEvent(this.#server, event, log);
    }
  }
}

function ticksOf({ electionTimeoutTicks, tickMicros }: LabTerms) {
  return { electionTimeoutTicks, tickMs: tickMicros / 1000 };
}

/** The log at the moment when a check looks at it, which few checks do. */
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
