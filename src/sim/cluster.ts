/** A simulated cluster: its servers, their network and clients, and the checks that watch every step. */
import type { KvEntry, KvResult } from '../kv/index.ts';
import {
  type Configuration, configurationOf, EMPTY_CONFIGURATION, type Entry, type HardState, type Index, isJoint, type
  Message,
  type NodeId, type RaftEvent, type Role, type SafetyRules, type Snapshot, type Term,
} from '../raft/index.ts';
import { CommitNeverGoesBack } from './checks/commitNeverGoesBack.ts';
import { CommittedLog } from './checks/committedLog.ts';
import { ElectionSafety } from './checks/electionSafety.ts';
import { HardStateNeverGoesBack } from './checks/hardStateNeverGoesBack.ts';
import { LeaderAppendOnly } from './checks/leaderAppendOnly.ts';
import { LeaderCompleteness } from './checks/leaderCompleteness.ts';
import { LogMatching } from './checks/logMatching.ts';
import type { Appended, Check, ObservedLog } from './checks/observer.ts';
import { QuorumHoldsCommits } from './checks/quorumHoldsCommits.ts';
import { StateMachineSafety } from './checks/stateMachineSafety.ts';
import { Client, type ClientWorld } from './clients.ts';
import { SimulatedDisk } from './disk.ts';
import { SimulatedNetwork } from './network.ts';
import { Random } from './random.ts';
import { Schedule } from './schedule.ts';
import { Server, type ServerWorld } from './server.ts';
import { type RuleName, type SimSettings, TICK_MICROS } from './settings.ts';
import type { SimulationTrace } from './trace.ts';

/** Far more than any run brings in. */
const SERVERS_MAX = 100;
/** How long the sending of a snapshot takes at the most. */
const SNAPSHOT_TRANSFER_TICKS = 20;

export class Cluster implements ServerWorld, ClientWorld {
  readonly settings: SimSettings;
  readonly schedule = new Schedule();
  readonly network: SimulatedNetwork;
  readonly rules: Partial<SafetyRules>;
  readonly clients: readonly Client[];
  readonly #trace: SimulationTrace | undefined;
  readonly #servers = new Map<NodeId, Server>();
  readonly #checks: readonly Check[];
  /** Every server that was ever told of by a configuration, newest configuration last. */
  #members: readonly NodeId[];
  #newestConfiguration: { readonly index: Index; readonly configuration: Configuration };
  #nextId: NodeId;

  constructor(settings: SimSettings, trace: SimulationTrace | undefined) {
    this.settings = settings;
    this.#trace = trace;
    const isOff = (rule: RuleName) => settings.rulesOff.includes(rule);
    this.rules = Object.fromEntries(settings.rulesOff.map((rule) => [rule, false]));
    this.network = new SimulatedNetwork(
      this.schedule, new Random(settings.seed, 'network'), settings,
      (message) => this.#servers.get(message.to)?.receive(message), trace?.networkListener(this.schedule) ?? SILENT,
    );
    const committed = new CommittedLog();
    this.#checks = [
      new ElectionSafety(), new LeaderAppendOnly(), new LogMatching(), new LeaderCompleteness(committed),
      new StateMachineSafety(committed), new CommitNeverGoesBack(), new HardStateNeverGoesBack(),
      new QuorumHoldsCommits({
        configurationOf: (id) => this.#servers.get(id)?.status()?.configuration ?? EMPTY_CONFIGURATION,
        storedTerm: (id, index) => this.#storedTerm(id, index, committed),
      }),
    ];
    const voters = Array.from({ length: settings.nodeCount }, (_, position) => position + 1);
    this.#members = voters;
    this.#nextId = settings.nodeCount + 1;
    this.#newestConfiguration = { index: 0, configuration: configurationOf(voters) };
    for (const id of voters) {
      this.#createServer(id, firstSnapshot(configurationOf(voters)));
    }
    this.clients = Array.from({ length: settings.clientCount }, (_, position) => {
      const name = `c${position + 1}`;
      return new Client(name, this, new Random(settings.seed, name), !isOff('retriesKeepTheirSequence'));
    });
  }

  #storedTerm(id: NodeId, index: Index, committed: CommittedLog): Term | undefined {
    const disk = this.#servers.get(id)?.disk;
    if (disk !== undefined && index < disk.storage.firstIndex() - 1) {
      return committed.at(index)?.term; // only what is committed is compacted: it was there
    }
    return disk?.termAt(index);
  }

  // ---- Servers ------------------------------------------------------------------------------------------------------

  #createServer(id: NodeId, initial: Snapshot | Configuration): void {
    if (this.#servers.size >= SERVERS_MAX) {
      throw new RangeError(`more than ${SERVERS_MAX} servers`);
    }
    const server = new Server(this, id, new SimulatedDisk(initial), new Random(this.settings.seed, `server ${id}`));
    this.#servers.set(id, server);
    server.start();
  }

  /** An id that no server has had. */
  nextId(): NodeId {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  /** A server with an empty disk, which waits until a leader sends it the log. One that exists stays as it is. */
  addServer(id: NodeId): void {
    if (id > 0 && !this.#servers.has(id)) {
      this.#createServer(id, EMPTY_CONFIGURATION);
      this.#members = [...this.#members, id];
    }
  }

  server(id: NodeId): Server | undefined {
    return this.#servers.get(id);
  }

  get servers(): Iterable<Server> {
    return this.#servers.values();
  }

  /** The servers that take part, or did a moment ago. */
  memberIds(): readonly NodeId[] {
    return this.#members;
  }

  serverIds(): readonly NodeId[] {
    return this.#members;
  }

  /** The newest configuration that any server has applied. */
  get newestConfiguration(): Configuration {
    return this.#newestConfiguration.configuration;
  }

  isJoint(): boolean {
    return isJoint(this.newestConfiguration);
  }

  /** The leader of the newest term, if there is one that runs. */
  leader(): Server | undefined {
    let newest: { readonly server: Server; readonly term: Term } | undefined;
    for (const server of this.#servers.values()) {
      const status = server.status();
      if (status?.role === 'leader' && status.term > (newest?.term ?? 0)) {
        newest = { server, term: status.term };
      }
    }
    return newest?.server;
  }

  crash(id: NodeId, writeCompleted: boolean): void {
    this.#servers.get(id)?.crash(writeCompleted);
    this.#trace?.nodeEvent(this.schedule, id, { type: 'nodeCrashed' });
  }

  restart(id: NodeId): void {
    const server = this.#servers.get(id);
    if (server?.life === 'down') {
      server.start();
    }
  }

  // ---- What servers do ----------------------------------------------------------------------------------------------

  send(message: Message): void {
    this.network.send(message);
    if (message.type === 'InstallSnapshot') {
      // What carries snapshots knows in the end that it is done with one, and says so; whether it arrived, the next
      // probe tells.
      this.schedule.after(SNAPSHOT_TRANSFER_TICKS * TICK_MICROS, () => {
        this.#servers.get(message.from)?.command((raft) => {
          raft.reportSnapshot(message.to, true);
        });
      });
    }
  }

  onStart(server: Server): void {
    this.#trace?.nodeStarted(this.schedule, server);
    for (const check of this.#checks) check.onStart?.(server);
  }

  onEvent(server: Server, event: RaftEvent, role: Role, log: ObservedLog): void {
    this.#trace?.nodeEvent(this.schedule, server.id, event);
    if (event.type === 'roleChanged') {
      for (const check of this.#checks) check.onRole?.(server, event.role, event.term, log);
    } else if (event.type === 'commitAdvanced') {
      const term = log.termAt(event.commitIndex) ?? 0;
      for (const check of this.#checks) check.onCommit?.(server, role, term, event.commitIndex);
    }
  }

  onAppend(server: Server, appended: Appended): void {
    for (const check of this.#checks) check.onAppend?.(server, appended);
  }

  onPersist(server: Server, hardState: HardState): void {
    for (const check of this.#checks) check.onPersist?.(server, hardState);
  }

  onApply(server: Server, role: Role, entry: Entry, result: KvResult | undefined, kvEntry: KvEntry | undefined): void {
    this.#trace?.applied(this.schedule, server.id, entry);
    for (const check of this.#checks) check.onApply?.(server, role, entry);
    if (kvEntry !== undefined && result !== undefined) {
      for (const client of this.clients) client.onApplied(server.id, kvEntry, result);
    }
  }

  onRead(server: Server, context: Uint8Array): void {
    const text = new TextDecoder().decode(context);
    for (const client of this.clients) client.onRead(server.id, text);
  }

  onConfiguration(server: Server, configuration: Configuration): void {
    if (server.lastApplied > this.#newestConfiguration.index) {
      this.#newestConfiguration = { index: server.lastApplied, configuration };
      const { voters, votersOutgoing, learners } = configuration;
      this.#members = [...new Set([...voters, ...votersOutgoing, ...learners])].sort((a, b) => a - b);
    }
  }

  onFailed(server: Server, reason: string): void {
    this.#trace?.nodeEvent(this.schedule, server.id, { type: 'nodeFailed', code: 'disk-full', message: reason });
  }

  // ---- What clients do ----------------------------------------------------------------------------------------------

  propose(server: NodeId, entry: KvEntry): boolean {
    return this.#servers.get(server)?.propose(entry) ?? false;
  }

  readIndex(server: NodeId, context: Uint8Array): boolean {
    return this.#servers.get(server)?.readIndex(context) ?? false;
  }

  valueOf(server: NodeId, key: string): string | null {
    return this.#servers.get(server)?.machine.get(key) ?? null;
  }
}

/**
 * What the first members start from. The first configuration is in no log entry, so whoever joins later must get it
 * from a
 * snapshot: the log therefore begins after index 1.
 */
function firstSnapshot(configuration: Configuration): Snapshot {
  return { lastIncludedIndex: 1, lastIncludedTerm: 1, configuration, data: new Uint8Array() };
}

const SILENT = { sent: () => undefined, arrived: () => undefined, dropped: () => undefined };
