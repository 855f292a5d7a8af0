/** One simulated node across all its restarts: the real server on a simulated disk, with a clock of its own. */
import type { LabError } from '../contract/errors.ts';
import { EMPTY_CONFIGURATION } from '../raft/index.ts';
import type {
  Configuration, Entry, Index, NodeId, RaftEvent, RaftNode, RaftStatus, Ready, Role, Term,
} from '../raft/index.ts';
import type { KvStateMachine } from '../kv/index.ts';
import type { DurableChange, SnapshotHead } from '../server/logStore.ts';
import type { PaceTimes } from '../server/pace.ts';
import type { ServerParts } from '../server/parts.ts';
import type { Applier } from '../server/turn/applier.ts';
import type { PeerAddress, ServerAnswer, ServerConfiguration, ServerRequest } from '../server/protocol.ts';
import type { Seals, Trace } from '../server/world.ts';
import type { LinkFaults } from '../trace/events.ts';
import { incarnationOf, nodeNameOf } from '../trace/names.ts';
import type { RaftVariant } from '../trace/variant.ts';
import { LAB_DIGEST_BYTES } from '../wire/index.ts';
import type { ObservedServer } from './checks/observer.ts';
import { type CrashOutcome, type SimulatedDisk, TornWriteError } from './disk.ts';
import { LocalClock } from './localClock.ts';
import type { Datagram } from './datagram.ts';
import { type ProcessHost, ServerProcess } from './process.ts';
import type { Random } from './random.ts';
import type { Micros, Schedule } from './schedule.ts';
import type { LabTerms, SimSettings } from './settings.ts';

/** Nobody else's datagrams reach a simulated lab. */
export const SIMULATED_LAB_DIGEST = new Uint8Array(LAB_DIGEST_BYTES);

/** The settings of a run that its nodes have. */
export type NodeSettings = Pick<
  SimSettings, 'datagramBytesMax' | 'diskMicros' | 'entriesPerMessageBytes' | 'heartbeatTicks'
  | 'inflightMessages' | 'snapshotEveryEntries' | 'snapshotStepBytes' | 'trailingEntries'
>;

/** What a node needs from the world around it, and what it reports to it. */
export interface NodeWorld {
  readonly schedule: Schedule;
  readonly settings: NodeSettings;
  /** Which Raft its nodes run. */
  readonly variant: RaftVariant;
  /** The lab terms that a starting node gets. */
  readonly terms: LabTerms;
  readonly labId: string;
  /** What the trace calls the beginning of virtual time, in milliseconds. */
  readonly originMs: number;
  /** What seals all datagrams, and with which secret; undefined: they are not sealed. */
  readonly sealing: { readonly seals: Seals; readonly secret: Uint8Array } | undefined;
  /** How long a node may be busy with a step of its work. */
  readonly workMicrosMax: Micros;
  /** Every node that there is. */
  readonly peers: readonly PeerAddress[];
  /** Sees everything that happens in nodes; undefined: nobody does. */
  readonly watch?: NodeWatch;
  traceOf(node: SimulatedNode): Trace;
  /** The faults of the links from a node, besides those of the network itself. */
  faultsFrom(id: NodeId): Readonly<Record<NodeId, LinkFaults>>;
  send(datagram: Datagram): void;
  /** A turn of a node begins. */
  onTurn?(node: SimulatedNode): void;
  onAnswer(node: SimulatedNode, answer: ServerAnswer): void;
  /** The node is gone, and with it everything that it was asked. */
  onStopped(node: SimulatedNode): void;
  /** The node ended itself. `disk-full`: it comes back when there is room; `corrupt`: it never does. */
  onFailed(node: SimulatedNode, code: 'disk-full' | 'corrupt', message: string): void;
}

/** Is told what happens in a node, when it happens. */
export interface NodeWatch {
  onStart(node: SimulatedNode): void;
  onEvent(node: SimulatedNode, event: RaftEvent): void;
  onReady(node: SimulatedNode, ready: Ready): void;
  onPersisted(node: SimulatedNode, ready: Ready): void;
  onApplied(node: SimulatedNode, entry: Entry): void;
  onStored(node: SimulatedNode, change: DurableChange): void;
  onSnapshot(node: SimulatedNode, head: SnapshotHead, data: Uint8Array): void;
  onReceived(node: SimulatedNode, head: SnapshotHead, from: number, data: Uint8Array): void;
}

/** `lost`: its disk is gone or unreadable, so it may never come back under its identifier. */
export type NodeLife = 'up' | 'paused' | 'down' | 'lost';

export class SimulatedNode implements ObservedServer, ProcessHost {
  readonly id: NodeId;
  readonly disk: SimulatedDisk;
  readonly clock: LocalClock;
  readonly #world: NodeWorld;
  readonly #random: Random;
  life: NodeLife = 'down';
  /** As of its last event; a node that is down keeps what it had. */
  role: Role = 'follower';
  term: Term = 0;
  /** The lab terms that it follows. */
  #terms: LabTerms;
  /** A promise not to vote may bind it until then; a crash makes it forget that promise (dissertation §6.4.1). */
  #boundUntil: Micros = 0;
  /** Undefined while down. */
  #process: ServerProcess | undefined;
  /** The last process, also when it has ended. */
  #latest: ServerProcess | undefined;

  constructor(world: NodeWorld, id: NodeId, disk: SimulatedDisk, random: Random) {
    this.#world = world;
    this.id = id;
    this.disk = disk;
    this.clock = new LocalClock(world.schedule);
    this.#random = random;
    this.#terms = world.terms;
    const { watch } = world;
    disk.listener = {
      onStored: (change) => watch?.onStored(this, change),
      onSnapshot: (head, data) => watch?.onSnapshot(this, head, data),
      onReceived: (head, from, data) => watch?.onReceived(this, head, from, data),
    };
  }

  get schedule(): Schedule {
    return this.#world.schedule;
  }

  get originMs(): number {
    return this.#world.originMs;
  }

  // ---- What it is ---------------------------------------------------------------------------------------------------

  /** Undefined while down. */
  status(): RaftStatus | undefined {
    return this.#process?.server.parts.raft.status();
  }

  get leads(): boolean {
    return this.#process !== undefined && this.role === 'leader';
  }

  get isRunning(): boolean {
    return this.life === 'up';
  }

  /** The length of a tick on this node's clock. */
  get tickMicros(): Micros {
    return Math.round(this.#terms.tickMicros * this.clock.factor);
  }

  /** The last index that it has applied; one that is down keeps what it had. */
  get lastApplied(): Index {
    return this.#latest?.server.parts.applier.lastApplied ?? 0;
  }

  /** As of the last applied entry. */
  get configuration(): Configuration {
    return this.#latest?.server.parts.raft.configuration ?? EMPTY_CONFIGURATION;
  }

  get machine(): KvStateMachine | undefined {
    return this.#latest?.server.parts.applier.stateMachine;
  }

  /** @throws Error before the first start */
  get applier(): Applier {
    return this.#parts.applier;
  }

  /** The core, for checks. @throws Error before the first start */
  get raft(): RaftNode {
    return this.#parts.raft;
  }

  get #parts(): ServerParts {
    if (this.#latest === undefined) throw new Error(`${this.id} has never run`);
    return this.#latest.server.parts;
  }

  // ---- Life ---------------------------------------------------------------------------------------------------------

  /** Starts from what is on disk, as after a crash; a disk that cannot be read is refused, and the node is lost. */
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
    this.life = 'up';
    this.role = 'follower';
    this.term = this.disk.hardState.currentTerm;
    this.#terms = this.#world.terms;
    this.#process = this.#newProcess();
    this.#latest = this.#process;
    this.#world.watch?.onStart(this);
    this.#process.begin();
  }

  #newProcess(): ServerProcess {
    const world = this.#world;
    return new ServerProcess(this, this.#configuration(), world.sealing?.secret, {
      ...(world.sealing === undefined ? {} : { seals: world.sealing.seals }),
      trace: world.traceOf(this),
      answers: { post: (answer) => world.onAnswer(this, answer), flush: () => undefined },
      transport: { send: (bytes, port) => world.send({ from: this.id, to: port, bytes }) },
      observer: {
        onEvent: (event) => {
          if (event.type === 'roleChanged') this.role = event.role;
          if (event.type === 'termChanged') this.term = event.term;
          world.watch?.onEvent(this, event);
        },
        onReady: (ready) => world.watch?.onReady(this, ready),
        onPersisted: (ready) => world.watch?.onPersisted(this, ready),
        onApplied: (entry) => world.watch?.onApplied(this, entry),
      },
    });
  }

  #configuration(): ServerConfiguration {
    const world = this.#world;
    const { settings, variant, peers, schedule } = world;
    const { id } = this;
    return {
      labId: world.labId,
      labDigest: SIMULATED_LAB_DIGEST,
      id,
      name: nodeNameOf(id),
      incarnation: incarnationOf(id),
      address: 'simulated',
      datagramBytesMax: settings.datagramBytesMax,
      compaction: {
        afterEntries: settings.snapshotEveryEntries,
        afterBytes: Number.MAX_SAFE_INTEGER,
        trailingEntries: settings.trailingEntries,
      },
      snapshotStepBytes: settings.snapshotStepBytes,
      peers,
      times: this.#timesOf(this.#terms),
      leaseReads: this.#allowsLeases(this.#terms),
      promisedMs: Math.max(0, this.#boundUntil - schedule.now) / (1000 * this.clock.factor),
      faults: world.faultsFrom(id),
      seed: this.#random.int(0, 2 ** 32 - 1),
      variant,
      core: {
        maxEntriesBytesPerMessage: settings.entriesPerMessageBytes,
        maxInflightMessages: settings.inflightMessages,
      },
    };
  }

  #timesOf({ tickMicros, electionTimeoutTicks }: LabTerms): PaceTimes {
    return { tickMs: tickMicros / 1000, electionTimeoutTicks, heartbeatTicks: this.#world.settings.heartbeatTicks };
  }

  /**
   * A core with all its rules refuses lease reads without check-quorum, so its owner then confirms reads by read index.
   */
  #allowsLeases({ leaseReads }: LabTerms): boolean {
    const { checkQuorum, rulesOff } = this.#world.variant;
    return leaseReads && (checkQuorum || rulesOff.includes('leaseNeedsCheckQuorum'));
  }

  /** Stops at once, if it runs. */
  crash(outcome: CrashOutcome): void {
    if (this.#process === undefined) {
      return;
    }
    this.#rememberPromises();
    this.#process.end();
    this.#process = undefined;
    this.life = 'down';
    this.disk.crash(outcome);
    this.#world.onStopped(this);
  }

  #rememberPromises(): void {
    if (this.#terms.leaseReads) {
      const longest = this.#terms.electionTimeoutTicks * this.tickMicros;
      this.#boundUntil = Math.max(this.#boundUntil, this.#world.schedule.now + longest);
    }
  }

  /** Learns of other lab terms, and follows them as soon as it takes input. */
  follow(terms: LabTerms): void {
    this.#process?.follow(this.#timesOf(terms), this.#allowsLeases(terms), () => {
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
      this.#process?.wake();
    }
  }

  onTurn(): void {
    this.#world.onTurn?.(this);
  }

  drawWriteMicros(): Micros {
    const { min, max } = this.#world.settings.diskMicros;
    return Math.ceil(this.#random.int(min, max) * this.disk.slowness);
  }

  drawWorkMicros(): Micros {
    return this.#random.int(0, this.#world.workMicrosMax);
  }

  /** Its process cannot go on: it must no longer vote or acknowledge (docs/database.md). */
  onFailed({ code, message }: LabError): void {
    this.crash('lost');
    if (code === 'disk-full') {
      this.#world.onFailed(this, 'disk-full', message);
    } else {
      this.life = 'lost';
      this.#world.onFailed(this, 'corrupt', message);
    }
  }

  // ---- Input --------------------------------------------------------------------------------------------------------

  receive({ bytes, from }: Datagram): void {
    this.#process?.receive(bytes, from);
  }

  /** @returns false when it does not run */
  handle(request: ServerRequest): boolean {
    this.#process?.handle(request);
    return this.#process !== undefined;
  }

  /** Does something with the core that no request can, once this node takes input. */
  command(action: (raft: RaftNode) => void): void {
    this.#process?.command(action);
  }
}
