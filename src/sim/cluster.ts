/** A simulated cluster: its servers, their network and clients, and the checks that watch every step. */
import type { KvEntry } from '../kv/index.ts';
import {
  type Configuration, configurationOf, EMPTY_CONFIGURATION, type Entry, type HardState, type Index, type Message,
  type NodeId, type RaftEvent, type SafetyRules, type Snapshot, type Term,
} from '../raft/index.ts';
import { NODE_NUMBER_MAX, nodeIdOf, nodeNumberOf } from '../trace/names.ts';
import type { Appended, Check, ObservedLog } from './checks/observer.ts';
import { Client, type ClientWorld } from './clients.ts';
import { type CrashOutcome, SimulatedDisk } from './disk.ts';
import { SimulatedNetwork } from './network.ts';
import { ServerProcess } from './process.ts';
import { Random } from './random.ts';
import { Schedule } from './schedule.ts';
import type { AppliedCommand } from './replica.ts';
import { type RunningProcess, Server, type ServerWorld } from './server.ts';
import { type LabTerms, type SimSettings, TICK_MICROS } from './settings.ts';
import type { SimulationTrace } from './trace.ts';
import { checksOver, ConfigurationHistory } from './watch.ts';

/** The index of the first configuration. */
const FIRST_INDEX: Index = 1;
/** How long sending a snapshot takes at most. */
const SNAPSHOT_TRANSFER_TICKS = 20;

/** Called with what happens inside servers, when it happens. */
export type EventListener = (server: Server, event: RaftEvent) => void;

export class Cluster implements ServerWorld, ClientWorld {
  readonly settings: SimSettings;
  readonly schedule = new Schedule();
  readonly network: SimulatedNetwork;
  readonly rules: Partial<SafetyRules>;
  readonly clients: readonly Client[];
  readonly trace: SimulationTrace | undefined;
  onRaftEvent: EventListener = () => undefined;
  /** Called when a server is lost for good, so that it is replaced. */
  onLost: (server: Server) => void = () => undefined;
  /** The lab terms that the servers should follow. */
  terms: LabTerms;
  /** The server that clients ask first for now. */
  favourite: NodeId | undefined;
  readonly #servers = new Map<NodeId, Server>();
  readonly #checks: readonly Check[];
  readonly #configurations: ConfigurationHistory;
  /** The servers that take part, or are about to. */
  #members: readonly NodeId[] = [];
  readonly #incarnations = new Map<number, number>();

  constructor(settings: SimSettings, trace: SimulationTrace | undefined) {
    this.settings = settings;
    this.trace = trace;
    this.terms = firstTerms(settings);
    this.rules = Object.fromEntries(settings.rulesOff.map((rule) => [rule, false]));
    this.network = new SimulatedNetwork(
      this.schedule, new Random(settings.seed, 'network'), settings,
      (message) => this.#servers.get(message.to)?.receive(message), trace?.networkListener(this.schedule) ?? SILENT,
    );
    const voters = Array.from({ length: settings.nodeCount }, (_, position) => this.#nextIncarnation(position + 1));
    const first = configurationOf(voters);
    this.#configurations = new ConfigurationHistory(FIRST_INDEX, first);
    this.#checks = checksOver(this.#servers, this.#configurations);
    this.#members = voters;
    trace?.opened(this.schedule, settings.seed, voters);
    for (const id of voters) {
      this.#createServer(id, firstSnapshot(first));
    }
    this.clients = Array.from({ length: settings.clientCount }, (_, position) => {
      const name = `c${position + 1}`;
      return new Client(name, this, new Random(settings.seed, name));
    });
  }

  // ---- Servers ------------------------------------------------------------------------------------------------------

  #createServer(id: NodeId, initial: Snapshot | Configuration): void {
    const server = new Server(this, id, new SimulatedDisk(initial), new Random(this.settings.seed, `server ${id}`));
    this.#servers.set(id, server);
    server.start();
  }

  /** An identifier that no server has had (docs/decisions/0030), with a number that no member has. */
  newcomerId(): NodeId {
    const taken = new Set(this.#members.map(nodeNumberOf));
    const numbers = Array.from({ length: NODE_NUMBER_MAX }, (_, position) => position + 1);
    const free = numbers.filter((number) => !taken.has(number));
    const [number = 1] = free.sort((a, b) => this.#incarnationOf(a) - this.#incarnationOf(b) || a - b);
    return this.#nextIncarnation(number);
  }

  /** The identifier under which a server that lost its disk comes back. */
  replacementId(lost: NodeId): NodeId {
    return this.#nextIncarnation(nodeNumberOf(lost));
  }

  #incarnationOf(number: number): number {
    return this.#incarnations.get(number) ?? 0;
  }

  #nextIncarnation(number: number): NodeId {
    const incarnation = this.#incarnationOf(number) + 1;
    this.#incarnations.set(number, incarnation);
    return nodeIdOf(number, incarnation);
  }

  /** A server with an empty disk, which waits until a leader sends it the log. An existing server stays as it is. */
  addServer(id: NodeId): void {
    if (id > 0 && !this.#servers.has(id)) {
      this.#members = [...this.#members, id];
      this.#createServer(id, EMPTY_CONFIGURATION);
    }
  }

  server(id: NodeId): Server | undefined {
    return this.#servers.get(id);
  }

  get servers(): Iterable<Server> {
    return this.#servers.values();
  }

  /** The servers that take part, or are about to. */
  memberIds(): readonly NodeId[] {
    return this.#members;
  }

  /** The newest configuration that any server has applied. */
  get newestConfiguration(): Configuration {
    return this.#configurations.newest;
  }

  /** Whether the server was a member once and no longer is. */
  wasRemoved(id: NodeId): boolean {
    return this.#configurations.wasRemoved(id);
  }

  /** The running leader of the newest term, if there is one. */
  leader(): Server | undefined {
    let newest: Server | undefined;
    for (const server of this.#servers.values()) {
      if (server.leads && server.term > (newest?.term ?? 0)) {
        newest = server;
      }
    }
    return newest;
  }

  crash(server: Server, outcome: CrashOutcome): void {
    if (server.life === 'up' || server.life === 'paused') {
      server.crash(outcome);
      this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodeCrashed' });
    }
  }

  restart(server: Server): void {
    if (server.life === 'down') {
      server.start();
    }
  }

  /** The server's disk is gone: it never comes back under its identifier. */
  lose(server: Server): void {
    if (server.life !== 'lost') {
      server.lose();
      this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodeCrashed' });
      this.onLost(server);
    }
  }

  pause(server: Server): void {
    if (server.life === 'up') {
      server.pause();
      this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodePaused' });
    }
  }

  resume(server: Server): void {
    if (server.life === 'paused') {
      this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodeResumed' });
      server.resume();
    }
  }

  /** Whether any server's log holds a membership change that this server has not applied. */
  isChangeUnderWay(): boolean {
    return [...this.#servers.values()].some(({ disk: { storage }, replica: { lastApplied } }) => {
      const first = Math.max(storage.firstIndex(), lastApplied + 1);
      const entries = first > storage.lastIndex() ? [] : storage.entries(first, storage.lastIndex() + 1, Infinity);
      return entries.some(({ type }) => type === 'configuration');
    });
  }

  /** All servers hear at once that they must follow the lab terms that they began with, except for the reads. */
  restoreTerms(): void {
    this.terms = { ...firstTerms(this.settings), leaseReads: this.terms.leaseReads };
    for (const server of this.#servers.values()) server.follow(this.terms);
  }

  get serverCount(): number {
    return this.#servers.size;
  }

  // ---- What servers do ----------------------------------------------------------------------------------------------

  startProcess(server: Server, random: Random, promisedTicks: number): RunningProcess {
    return new ServerProcess(this, server, random, promisedTicks);
  }

  send(server: Server, message: Message): void {
    for (const check of this.#checks) check.onSend?.(server, message);
    this.network.send(message);
    if (message.type === 'InstallSnapshot') {
      // The sender of snapshots reports when it is done with one; the next probe shows whether the snapshot arrived.
      this.schedule.after(SNAPSHOT_TRANSFER_TICKS * TICK_MICROS, () => {
        server.command((raft) => {
          raft.reportSnapshot(message.to, true);
        });
      });
    }
  }

  onStart(server: Server): void {
    this.trace?.nodeStarted(this.schedule, server);
    for (const check of this.#checks) check.onStart?.(server);
  }

  onEvent(server: Server, event: RaftEvent, log: ObservedLog): void {
    this.trace?.nodeEvent(this.schedule, server.id, event);
    if (event.type === 'roleChanged') {
      for (const check of this.#checks) check.onRole?.(server, event.role, event.term, log);
    } else if (event.type === 'commitAdvanced') {
      const term = log.termAt(event.commitIndex) ?? 0;
      for (const check of this.#checks) check.onCommit?.(server, event.commitIndex, term);
    }
    this.onRaftEvent(server, event);
  }

  onAppend(server: Server, appended: Appended): void {
    for (const check of this.#checks) check.onAppend?.(server, appended);
  }

  onPersist(server: Server, hardState: HardState): void {
    for (const check of this.#checks) check.onPersist?.(server, hardState);
  }

  onApply(server: Server, entry: Entry, command: AppliedCommand | undefined): void {
    this.trace?.applied(this.schedule, server.id, entry, command);
    this.#configurations.noteApplied(entry.index);
    for (const check of this.#checks) check.onApply?.(server, entry);
    if (command !== undefined) {
      for (const client of this.clients) client.onApplied(server.id, command.entry, command.result);
    }
  }

  onLeaseRead(server: Server, term: Term): void {
    for (const check of this.#checks) check.onLeaseRead?.(server, term);
  }

  onRead(server: Server, context: Uint8Array): void {
    const token = new TextDecoder().decode(context);
    for (const check of this.#checks) check.onReadServed?.(server, token, server.replica.lastApplied);
    for (const client of this.clients) client.onRead(server.id, token);
  }

  onConfiguration(server: Server, configuration: Configuration): void {
    if (this.#configurations.note(server.replica.lastApplied, configuration)) {
      const { voters, votersOutgoing, learners } = configuration;
      this.#members = [...new Set([...voters, ...votersOutgoing, ...learners])].sort((a, b) => a - b);
    }
  }

  onFailed(server: Server, code: 'disk-full' | 'corrupt', message: string): void {
    this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodeFailed', code, message });
    if (code === 'corrupt') {
      this.onLost(server);
    }
  }

  // ---- What clients do ----------------------------------------------------------------------------------------------

  propose(server: NodeId, entry: KvEntry): boolean {
    return this.#servers.get(server)?.propose(entry) ?? false;
  }

  readIndex(server: NodeId, token: string): boolean {
    for (const check of this.#checks) check.onReadAsked?.(token);
    return this.#servers.get(server)?.readIndex(new TextEncoder().encode(token)) ?? false;
  }

  valueOf(server: NodeId, key: string): string | null {
    return this.#servers.get(server)?.replica.machine.get(key) ?? null;
  }

  /** The index up to which the furthest server has applied. */
  get appliedIndex(): Index {
    let furthest = 0;
    for (const { replica } of this.#servers.values()) furthest = Math.max(furthest, replica.lastApplied);
    return furthest;
  }
}

/**
 * What the first members start from. The first configuration is not in a log entry, so a server that joins later must
 * get it from a snapshot: the log therefore begins after index 1.
 */
function firstSnapshot(configuration: Configuration): Snapshot {
  return { lastIncludedIndex: FIRST_INDEX, lastIncludedTerm: 1, configuration, data: new Uint8Array() };
}

function firstTerms({ leaseReads, electionTimeoutTicks }: SimSettings): LabTerms {
  return { leaseReads, electionTimeoutTicks, tickMicros: TICK_MICROS };
}

const SILENT = { sent: () => undefined, arrived: () => undefined, dropped: () => undefined };
