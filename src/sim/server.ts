/** One simulated server across all its restarts: the real Raft core and state machine around a simulated disk. */
import { encodeKvEntry, type KvEntry } from '../kv/index.ts';
import type {
  Configuration, Entry, HardState, Message, NodeId, RaftEvent, RaftNode, RaftStatus, Role, SafetyRules, Term,
} from '../raft/index.ts';
import type { Appended, ObservedLog, ObservedServer } from './checks/observer.ts';
import { type CrashOutcome, type SimulatedDisk, TornWriteError } from './disk.ts';
import type { Random } from './random.ts';
import { type AppliedCommand, Replica } from './replica.ts';
import type { Micros, Schedule } from './schedule.ts';
import type { LabTerms, SimSettings } from './settings.ts';

/** A server while it runs. */
export interface RunningProcess {
  status(): RaftStatus;
  /** Starts the clock. */
  begin(): void;
  /** Stops it at once; what was scheduled for it does not happen. */
  end(): void;
  receive(message: Message): void;
  /** Does something with the core, once input is taken. @returns false when too much waits already */
  command(action: (raft: RaftNode) => void): boolean;
  /** Follows other lab terms as soon as it takes input. @param onFollowed called just before */
  follow(terms: LabTerms, onFollowed: () => void): void;
  /** Does what the core asks for. */
  pump(): void;
}

/** What a server needs from the world around it, and what it reports to it. */
export interface ServerWorld {
  readonly schedule: Schedule;
  readonly settings: SimSettings;
  readonly rules: Partial<SafetyRules>;
  /** The lab terms that a starting server gets. */
  readonly terms: LabTerms;
  /** @param promisedTicks for how many ticks a promise not to vote, made before a crash, may still bind the server */
  startProcess(server: Server, random: Random, promisedTicks: number): RunningProcess;
  send(server: Server, message: Message): void;
  onStart(server: Server): void;
  onEvent(server: Server, event: RaftEvent, log: ObservedLog): void;
  onAppend(server: Server, appended: Appended): void;
  onPersist(server: Server, hardState: HardState): void;
  onApply(server: Server, entry: Entry, command: AppliedCommand | undefined): void;
  onLeaseRead(server: Server, term: Term): void;
  onRead(server: Server, context: Uint8Array): void;
  onConfiguration(server: Server, configuration: Configuration): void;
  /** The server ended itself. `disk-full`: it comes back when there is room; `corrupt`: it never does. */
  onFailed(server: Server, code: 'disk-full' | 'corrupt', message: string): void;
}

/** `lost`: its disk is gone or unreadable, so it may never come back under its identifier. */
export type ServerLife = 'up' | 'paused' | 'down' | 'lost';

export class Server implements ObservedServer {
  readonly id: NodeId;
  readonly disk: SimulatedDisk;
  readonly #world: ServerWorld;
  readonly #random: Random;
  life: ServerLife = 'down';
  /** How fast this server's clock runs: the length of its ticks is multiplied by this. */
  clockFactor = 1;
  /** As of its last event; a server that is down keeps what it had. */
  role: Role = 'follower';
  term: Term = 0;
  replica: Replica;
  /** The lab terms that it follows. */
  #terms: LabTerms;
  /** A promise not to vote may bind it until then; a crash makes it forget that promise (dissertation §6.4.1). */
  #boundUntil: Micros = 0;
  /** Undefined while down. */
  #process: RunningProcess | undefined;

  constructor(world: ServerWorld, id: NodeId, disk: SimulatedDisk, random: Random) {
    this.#world = world;
    this.id = id;
    this.disk = disk;
    this.#random = random;
    this.#terms = world.terms;
    this.replica = new Replica(disk.storage.initialState().configuration);
  }

  /** Undefined while down. */
  status(): RaftStatus | undefined {
    return this.#process?.status();
  }

  get terms(): LabTerms {
    return this.#terms;
  }

  /** The length of a tick on this server's clock. */
  get tickMicros(): Micros {
    return Math.round(this.#terms.tickMicros * this.clockFactor);
  }

  get leads(): boolean {
    return this.#process !== undefined && this.role === 'leader';
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
    const { hardState, configuration } = this.disk.storage.initialState();
    this.life = 'up';
    this.role = 'follower';
    this.term = hardState.currentTerm;
    this.replica = new Replica(configuration);
    this.replica.restore(this.disk.storage.snapshot());
    this.#terms = this.#world.terms;
    const promisedTicks = Math.ceil(Math.max(0, this.#boundUntil - this.#world.schedule.now) / this.tickMicros);
    this.#process = this.#world.startProcess(this, this.#random, promisedTicks);
    this.#world.onStart(this);
    this.#process.begin();
  }

  /** Stops at once. */
  crash(outcome: CrashOutcome): void {
    if (this.life === 'lost') {
      return;
    }
    this.#rememberPromises();
    const write = this.disk.crash(outcome);
    this.#process?.end();
    this.#process = undefined;
    this.life = 'down';
    if (write?.hardState !== undefined) {
      this.#world.onPersist(this, write.hardState);
    }
  }

  #rememberPromises(): void {
    if (this.#terms.leaseReads) {
      const longest = this.#terms.electionTimeoutTicks * this.tickMicros;
      this.#boundUntil = Math.max(this.#boundUntil, this.#world.schedule.now + longest);
    }
  }

  /** Learns of other lab terms, and follows them as soon as it takes input. */
  follow(terms: LabTerms): void {
    this.#process?.follow(terms, () => {
      this.#rememberPromises();
      this.#terms = terms;
    });
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
      this.#process?.pump();
    }
  }

  // ---- Input --------------------------------------------------------------------------------------------------------

  receive(message: Message): void {
    this.#process?.receive(message);
  }

  /** @returns false when it was not taken and never will be; true does not mean that it was */
  propose(entry: KvEntry): boolean {
    return this.command((raft) => {
      raft.propose(encodeKvEntry(entry));
    });
  }

  /** @returns false when no answer will come; true does not promise one */
  readIndex(context: Uint8Array): boolean {
    return this.command((raft) => {
      raft.readIndex(context);
    });
  }

  /** Does something with the core, once this server takes input. @returns false when it does not run, or is too busy */
  command(action: (raft: RaftNode) => void): boolean {
    return this.#process?.command(action) ?? false;
  }

  /** Takes a snapshot, if nothing is being written, and discards the log before it except for some trailing entries. */
  compact(trailingEntries: number): void {
    if (this.life === 'up' && !this.disk.isWriting) {
      this.replica.compact(this.disk.storage, trailingEntries);
    }
  }
}
