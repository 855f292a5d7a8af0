/**
 * A cluster in memory with a network that really delivers: every message goes through a list from which it is
 * delivered, lost, repeated, delayed or overtaken, all from one seed. Disks are memory that survives a crash. After
 * every step the safety properties of Raft Figure 3 are checked.
 */
import {
  type Configuration,
  type ConfigurationChange,
  ConfigurationError,
  configurationOf,
  decodeConfigurationChange,
  type Entry,
  MemoryStorage,
  type Message,
  type MessageType,
  type NodeId,
  type RaftEvent,
  RaftNode,
  type RaftSettings,
  type RaftStatus,
  type ReadState,
  type SingleChange,
  type Snapshot,
  type Transition,
} from '../../../src/raft/index.ts';
import { integerBetween, type Random, randomFrom } from './random.ts';
import { SafetyChecks } from './safety.ts';

/** Settings of a test's nodes; the rest has the defaults below. */
export type NodeOptions = Partial<Omit<RaftSettings, 'id' | 'storage'>>;

export interface ClusterOptions {
  readonly voters?: readonly NodeId[];
  readonly learners?: readonly NodeId[];
  readonly seed?: number;
  readonly node?: NodeOptions;
}

/** What the network does to each message; probabilities from 0 to 1, delays in network steps. */
export interface Weather {
  readonly loss: number;
  readonly duplicate: number;
  readonly maxDelaySteps: number;
}

const CLEAR: Weather = { loss: 0, duplicate: 0, maxDelaySteps: 0 };

interface InFlight {
  readonly message: Message;
  readonly dueStep: number;
}

/** One server: its disk, its state machine, and its core while it runs. */
export class Server {
  readonly id: NodeId;
  options: NodeOptions;
  storage: MemoryStorage;
  raft: RaftNode | undefined;
  /** The state machine: the entries applied, by index. It survives a crash, like the disk. */
  readonly applied = new Map<number, Entry>();
  lastApplied = 0;
  configuration: Configuration;
  readonly readStates: ReadState[] = [];
  readonly events: RaftEvent[] = [];

  constructor(id: NodeId, configuration: Configuration, options: NodeOptions, random: Random) {
    this.id = id;
    this.configuration = configuration;
    this.storage = new MemoryStorage(configuration);
    this.options = {
      electionTimeoutTicks: 10,
      heartbeatTicks: 1,
      randomizedElectionTimeout: (ticks) => integerBetween(random, ticks, 2 * ticks),
      preVote: false,
      checkQuorum: false,
      ...options,
    };
    this.start();
  }

  start(): void {
    this.raft = new RaftNode({
      electionTimeoutTicks: 10,
      heartbeatTicks: 1,
      randomizedElectionTimeout: (ticks) => ticks,
      ...this.options,
      id: this.id,
      storage: this.storage,
      applied: this.lastApplied,
    });
  }

  /** The running core. */
  get node(): RaftNode {
    if (this.raft === undefined) {
      throw new Error(`server ${this.id} is crashed`);
    }
    return this.raft;
  }

  /** The whole log, persisted and not. */
  log(): Entry[] {
    const { firstIndex, lastIndex } = { firstIndex: this.storage.firstIndex(), lastIndex: this.storage.lastIndex() };
    return firstIndex > lastIndex ? [] : [...this.storage.entries(firstIndex, lastIndex + 1, Infinity)];
  }

  /** The commands that the state machine has applied, as text. */
  commands(): string[] {
    return [...this.applied.values()]
      .filter(({ type }) => type === 'command')
      .map(({ data }) => new TextDecoder().decode(data));
  }
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export class Cluster {
  readonly servers = new Map<NodeId, Server>();
  readonly random: Random;
  readonly seed: number;
  readonly safety: SafetyChecks;
  weather = CLEAR;
  /** Messages that were sent and neither delivered nor lost yet, in the order sent. */
  #inFlight: InFlight[] = [];
  #step = 0;
  readonly #options: NodeOptions;
  readonly #first: Configuration;
  #cut: (from: NodeId, to: NodeId) => boolean = () => false;
  /** How likely a server crashes at each step of handling a Ready. */
  crashChance = 0;
  /** Called for each message that is sent; return false to lose it. */
  filter: (message: Message) => boolean = () => true;
  /** What servers make of a message that reaches them; undefined: they ignore it. For servers with a flaw of old. */
  hears: (message: Message, hearer: RaftStatus) => Message | undefined = (message) => message;

  constructor({ voters = [1, 2, 3], learners = [], seed = 1, node = {} }: ClusterOptions = {}) {
    this.seed = seed;
    this.random = randomFrom(seed);
    this.#options = node;
    this.safety = new SafetyChecks(seed);
    this.#first = configurationOf(voters, learners);
    for (const id of [...voters, ...learners]) {
      this.add(id);
    }
  }

  /** A server that starts from `configuration`; by default from the first one, as one that waits to be added. */
  add(id: NodeId, configuration: Configuration = this.#first, options: NodeOptions = {}): Server {
    const server = new Server(id, configuration, { ...this.#options, ...options }, this.random);
    this.servers.set(id, server);
    return server;
  }

  server(id: NodeId): Server {
    const server = this.servers.get(id);
    if (server === undefined) {
      throw new Error(`no server ${id}`);
    }
    return server;
  }

  node(id: NodeId): RaftNode {
    return this.server(id).node;
  }

  get running(): Server[] {
    return [...this.servers.values()].filter((server) => server.raft !== undefined);
  }

  /** The leader of the highest term, if any server leads. */
  leader(): Server | undefined {
    return this.running
      .filter(({ node }) => node.status().role === 'leader')
      .sort((a, b) => b.node.status().term - a.node.status().term)[0];
  }

  get pending(): readonly Message[] {
    return this.#inFlight.map(({ message }) => message);
  }

  // ---- Faults -------------------------------------------------------------------------------------------------------

  /** Only servers of the same group hear each other. */
  partition(...groups: readonly (readonly NodeId[])[]): void {
    this.#cut = (from, to) => !groups.some((group) => group.includes(from) && group.includes(to));
  }

  /** Cuts messages as the function says. */
  cut(cut: (from: NodeId, to: NodeId) => boolean): void {
    this.#cut = cut;
  }

  heal(): void {
    this.#cut = () => false;
    this.weather = CLEAR;
    this.filter = () => true;
  }

  /** The server stops where it stands; what it had not persisted is gone. */
  crash(id: NodeId): void {
    this.server(id).raft = undefined;
  }

  restart(id: NodeId): void {
    this.server(id).start();
  }

  // ---- Running ------------------------------------------------------------------------------------------------------

  /** One tick passes on these servers (default: all that run), and what comes of it is handled. */
  tick(...ids: readonly NodeId[]): void {
    for (const server of this.running) {
      if (ids.length === 0 || ids.includes(server.id)) {
        server.raft?.tick();
        this.handle(server.id);
      }
    }
  }

  /** Ticks and delivers until nothing is under way, `ticks` times over. */
  run(ticks: number): void {
    for (let i = 0; i < ticks; i++) {
      this.tick();
      this.settle();
    }
  }

  /** Ticks and delivers until `condition` holds. */
  runUntil(condition: () => boolean, what: string, maxTicks = 500): void {
    for (let i = 0; i < maxTicks && !condition(); i++) {
      this.tick();
      this.settle();
    }
    if (!condition()) {
      throw new Error(`not within ${maxTicks} ticks: ${what} (seed ${this.seed})\n${this.describe()}`);
    }
  }

  /** How all servers stand, for the messages of failing tests. */
  describe(): string {
    return [...this.servers.values()]
      .map(({ id, raft }) => `${id}: ${JSON.stringify(raft?.status() ?? 'crashed')}`)
      .join('\n');
  }

  /** A leader that all running servers accept. */
  elect(id?: NodeId): Server {
    if (id !== undefined) {
      this.node(id).campaign();
      this.handle(id);
      this.settle();
    }
    this.runUntil(() => this.leader() !== undefined && (id === undefined || this.leader()?.id === id), 'a leader');
    return this.leader()!;
  }

  propose(id: NodeId, ...commands: readonly string[]): void {
    this.node(id).propose(...commands.map(text));
    this.handle(id);
  }

  /** Does what the server's Ready asks, until there is no more. */
  handle(id: NodeId): void {
    const server = this.server(id);
    while (server.raft?.hasReady()) {
      const ready = server.raft.ready();
      const steps = [
        () => {
          this.#sendAll(ready.messagesBeforePersist);
        },
        () => {
          server.storage.persist(ready);
          if (ready.snapshot !== undefined) {
            this.#install(server, ready.snapshot);
          }
        },
        () => {
          this.#sendAll(ready.messages);
        },
        () => {
          ready.committedEntries.forEach((entry) => {
            this.#apply(server, entry);
          });
          server.readStates.push(...ready.readStates);
        },
        () => server.raft?.advance(),
      ];
      for (const step of steps) {
        if (this.crashChance > 0 && this.random() < this.crashChance) {
          this.crash(id);
          return;
        }
        step();
      }
    }
    server.events.push(...(server.raft?.takeEvents() ?? []));
    this.safety.check([...this.servers.values()]);
  }

  #sendAll(messages: readonly Message[]): void {
    messages.forEach((message) => {
      this.send(message);
    });
  }

  #apply(server: Server, entry: Entry): void {
    if (entry.type === 'configuration') {
      this.#applyChange(server, decodeConfigurationChange(entry.data));
    }
    server.applied.set(entry.index, entry);
    server.lastApplied = entry.index;
  }

  #applyChange(server: Server, change: ConfigurationChange): void {
    try {
      server.configuration = server.node.applyConfigurationChange(change);
      server.storage.saveConfiguration(server.configuration);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) {
        throw error;
      }
    }
  }

  /** Proposes a membership change. */
  change(id: NodeId, changes: string, transition: Transition = 'auto'): void {
    this.node(id).proposeConfigurationChange({ transition, changes: parseChanges(changes) });
    this.handle(id);
  }

  #install(server: Server, snapshot: Snapshot): void {
    const donor = [...this.servers.values()].find(({ lastApplied }) => lastApplied >= snapshot.lastIncludedIndex);
    server.applied.clear();
    for (let index = 1; index <= snapshot.lastIncludedIndex; index++) {
      const entry = donor?.applied.get(index);
      if (entry !== undefined) {
        server.applied.set(index, entry);
      }
    }
    server.lastApplied = snapshot.lastIncludedIndex;
    server.configuration = snapshot.configuration;
  }

  /**
   * Saves a snapshot of the server's state machine and discards the log up to `trailing` entries before it (Raft §7).
   */
  compact(id: NodeId, trailing = 0): void {
    const { storage, lastApplied, configuration } = this.server(id);
    storage.saveSnapshot({
      lastIncludedIndex: lastApplied,
      lastIncludedTerm: storage.term(lastApplied),
      configuration,
      data: new Uint8Array(),
    });
    storage.compact(Math.max(storage.firstIndex(), lastApplied + 1 - trailing));
  }

  /** A message enters the network. */
  send(message: Message): void {
    if (!this.filter(message) || this.#cut(message.from, message.to) || this.random() < this.weather.loss) {
      this.#reportSnapshot(message, false);
      return;
    }
    const copies = this.random() < this.weather.duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const dueStep = this.#step + integerBetween(this.random, 0, this.weather.maxDelaySteps + 1);
      this.#inFlight.push({ message, dueStep });
    }
  }

  /** Delivers all messages that are under way, and those that this causes, until there are none. */
  settle(): void {
    for (let delivered = 0; this.#inFlight.length > 0; delivered++) {
      if (delivered > 100_000) {
        throw new Error(`the network never comes to rest (seed ${this.seed})`);
      }
      this.deliverNext();
    }
  }

  /** Delivers what is due after one step of the network; messages with other delays overtake each other. */
  deliverNext(): void {
    this.#step++;
    const due = this.#inFlight.filter(({ dueStep }) => dueStep <= this.#step);
    this.#inFlight = this.#inFlight.filter(({ dueStep }) => dueStep > this.#step);
    for (const { message } of due) {
      this.deliver(message);
    }
  }

  /** Delivers the messages of a kind (or to a server) that are under way, and leaves what they cause under way. */
  deliverOnly(choose: (message: Message) => boolean): Message[] {
    const chosen = this.#inFlight.filter(({ message }) => choose(message)).map(({ message }) => message);
    this.#inFlight = this.#inFlight.filter(({ message }) => !choose(message));
    chosen.forEach((message) => {
      this.deliver(message);
    });
    return chosen;
  }

  /** Takes messages off the network. */
  intercept(choose: (message: Message) => boolean): Message[] {
    const chosen = this.#inFlight.filter(({ message }) => choose(message)).map(({ message }) => message);
    this.#inFlight = this.#inFlight.filter(({ message }) => !choose(message));
    return chosen;
  }

  deliver(message: Message): void {
    const server = this.servers.get(message.to);
    if (server?.raft === undefined || this.#cut(message.from, message.to)) {
      this.#reportSnapshot(message, false);
      return;
    }
    const heard = this.hears(message, server.raft.status());
    if (heard !== undefined) {
      server.raft.step(heard);
      this.handle(server.id);
    }
    this.#reportSnapshot(message, true);
  }

  /** What a transport that sends snapshots in chunks knows: whether the other end has it. */
  #reportSnapshot(message: Message, delivered: boolean): void {
    const sender = this.servers.get(message.from)?.raft;
    if (message.type === 'InstallSnapshot' && sender?.status().term === message.term) {
      sender.reportSnapshot(message.to, delivered);
    }
  }
}

/** Changes written as `v1 l2 r3`: add a voter, add a learner, remove. */
export function parseChanges(changes: string): SingleChange[] {
  const types = { v: 'add-voter', l: 'add-learner', r: 'remove', u: 'update' } as const;
  return changes
    .split(' ')
    .filter(Boolean)
    .map((token) => ({ type: types[token.charAt(0) as keyof typeof types], id: Number(token.slice(1)) }));
}

/** Chooses messages by type. */
export function ofType(...types: readonly MessageType[]): (message: Message) => boolean {
  return ({ type }) => types.includes(type);
}
