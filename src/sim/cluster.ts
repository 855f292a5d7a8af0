/** A simulated cluster: its nodes, their network and clients, and the checks that watch every step. */
import { KvStateMachine } from '../kv/index.ts';
import {
  type Configuration, configurationOf, EMPTY_CONFIGURATION, type Index, type NodeId,
} from '../raft/index.ts';
import type { KvRequest, NodeTraceBody, PeerAddress, ServerAnswer } from '../server/protocol.ts';
import type { Seals, Trace } from '../server/world.ts';
import type { LinkFaults } from '../trace/events.ts';
import { NODE_NUMBER_MAX, nodeIdOf, nodeNumberOf } from '../trace/names.ts';
import type { RaftVariant } from '../trace/variant.ts';
import { DATAGRAM_SECRET_BYTES } from '../wire/index.ts';
import { CheapDigest } from './cheapDigest.ts';
import { Client, type ClientWorld } from './clients.ts';
import { ClusterWatch } from './clusterWatch.ts';
import { type CrashOutcome, SimulatedDisk } from './disk.ts';
import type { Datagram } from './datagram.ts';
import { SimulatedNetwork } from './network.ts';
import { Random } from './random.ts';
import { Requests } from './requests.ts';
import { type Micros, Schedule } from './schedule.ts';
import { SimulatedNode, type NodeWorld } from './simulatedNode.ts';
import type { DiskBeginning } from './simulatedSnapshots.ts';
import { type LabTerms, type SimSettings, TICK_MICROS, variantFrom } from './settings.ts';
import { OperationMemory } from './operationMemory.ts';
import type { RunTrace } from './trace.ts';
import { REPEATABLE_SEALS } from './seals.ts';

/** The index of the first configuration. */
const FIRST_INDEX: Index = 1;

export class Cluster implements NodeWorld, ClientWorld {
  readonly settings: SimSettings;
  readonly schedule = new Schedule();
  readonly network: SimulatedNetwork;
  readonly variant: RaftVariant;
  readonly clients: readonly Client[];
  readonly trace: RunTrace | undefined;
  readonly labId: string;
  readonly originMs = 0;
  readonly sealing: { readonly seals: Seals; readonly secret: Uint8Array } | undefined;
  readonly watch: ClusterWatch;
  readonly requests: Requests;
  readonly operations = new OperationMemory();
  /** Called when a server is lost for good, so that it is replaced. */
  onLost: (node: SimulatedNode) => void = () => undefined;
  /** Called when a turn of a server begins. */
  onTurn: () => void = () => undefined;
  /** The lab terms that the servers should follow. */
  terms: LabTerms;
  workMicrosMax: Micros;
  /** The server that clients ask first for now. */
  favourite: NodeId | undefined;
  readonly #servers = new Map<NodeId, SimulatedNode>();
  readonly #incarnations = new Map<number, number>();

  constructor(settings: SimSettings, trace: RunTrace | undefined) {
    this.settings = settings;
    this.trace = trace;
    this.terms = firstTerms(settings);
    this.labId = `seed-${settings.seed}`;
    const secret = new Uint8Array(DATAGRAM_SECRET_BYTES).fill(settings.seed);
    this.sealing = settings.isSealed ? { seals: REPEATABLE_SEALS, secret } : undefined;
    this.workMicrosMax = settings.workMicrosMax;
    this.variant = variantFrom(settings);
    this.network = new SimulatedNetwork(
      this.schedule, new Random(settings.seed, 'network'), settings,
      (datagram) => this.#servers.get(datagram.to)?.receive(datagram),
      (datagram, reason) => trace?.lost(this.schedule, datagram, reason),
    );
    const voters = Array.from({ length: settings.nodeCount }, (_, position) => this.#nextIncarnation(position + 1));
    const first = configurationOf(voters);
    this.watch = new ClusterWatch(this.#servers, FIRST_INDEX, first);
    this.requests = new Requests(this.schedule, this.watch.checks);
    trace?.opened(this.schedule, settings.seed, voters);
    for (const id of voters) {
      this.#createServer(id, firstSnapshot(first));
    }
    this.clients = Array.from({ length: settings.clientCount }, (_, position) => {
      const name = `c${position + 1}`;
      return new Client(name, this, new Random(settings.seed, name));
    });
  }

  get peers(): readonly PeerAddress[] {
    return [...this.#servers.keys()].map((id) => ({ id, address: 'simulated', port: id }));
  }

  // ---- Servers ------------------------------------------------------------------------------------------------------

  #createServer(id: NodeId, beginning: DiskBeginning): void {
    const disk = new SimulatedDisk(beginning);
    const server = new SimulatedNode(this, id, disk, new Random(this.settings.seed, `server ${id}`));
    this.#servers.set(id, server);
    for (const other of this.#servers.values()) {
      other.handle({ type: 'peers', peers: this.peers });
    }
    server.start();
  }

  /** An identifier that no server has had (docs/decisions/0030), with a number that no member has. */
  newcomerId(): NodeId {
    const taken = new Set(this.memberIds().map(nodeNumberOf));
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
      this.watch.addMember(id);
      this.#createServer(id, EMPTY_CONFIGURATION);
    }
  }

  server(id: NodeId): SimulatedNode | undefined {
    return this.#servers.get(id);
  }

  get servers(): Iterable<SimulatedNode> {
    return this.#servers.values();
  }

  /** The servers that take part, or are about to. */
  memberIds(): readonly NodeId[] {
    return this.watch.memberIds;
  }

  /** The newest configuration that any server has applied. */
  get newestConfiguration(): Configuration {
    return this.watch.configurations.newest;
  }

  /** Whether the server was a member once and no longer is. */
  wasRemoved(id: NodeId): boolean {
    return this.watch.configurations.wasRemoved(id);
  }

  /** The running leader of the newest term, if there is one. */
  leader(): SimulatedNode | undefined {
    let newest: SimulatedNode | undefined;
    for (const server of this.#servers.values()) {
      if (server.leads && server.term > (newest?.term ?? 0)) {
        newest = server;
      }
    }
    return newest;
  }

  crash(server: SimulatedNode, outcome: CrashOutcome): void {
    if (server.life === 'up' || server.life === 'paused') {
      server.crash(outcome);
      this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodeCrashed' });
    }
  }

  restart(server: SimulatedNode): void {
    if (server.life === 'down') {
      server.start();
    }
  }

  /** The server's disk is gone: it never comes back under its identifier. */
  lose(server: SimulatedNode): void {
    if (server.life !== 'lost') {
      server.lose();
      this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodeCrashed' });
      this.onLost(server);
    }
  }

  pause(server: SimulatedNode): void {
    if (server.life === 'up') {
      server.pause();
      this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodePaused' });
    }
  }

  resume(server: SimulatedNode): void {
    if (server.life === 'paused') {
      this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodeResumed' });
      server.resume();
    }
  }

  /** Whether any server's log holds a membership change that this server has not applied. */
  isChangeUnderWay(): boolean {
    return [...this.#servers.values()].some(({ disk: { storage }, lastApplied }) => {
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

  traceOf(server: SimulatedNode): Trace {
    const trace = this.trace?.of(this.schedule, server.id);
    return {
      add: (body) => {
        this.watch.onReport(server, body);
        trace?.add(body);
      },
      addDetail: (type, make) => {
        if (type === 'clientDecided') {
          const detail: NodeTraceBody = make();
          if (detail.type === 'clientDecided') this.requests.onDecided(server, detail);
          trace?.add(detail);
        } else {
          trace?.addDetail(type, make);
        }
      },
      operation: (operation) => {
        this.operations.add(operation);
        trace?.operation(operation);
      },
      flush: () => undefined,
    };
  }

  /** The network itself has all faults. */
  faultsFrom(): Readonly<Record<NodeId, LinkFaults>> {
    return {};
  }

  send(datagram: Datagram): void {
    this.network.send(datagram);
  }

  onFailed(server: SimulatedNode, code: 'disk-full' | 'internal' | 'corrupt', message: string): void {
    this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodeFailed', code, message });
    if (code === 'corrupt') {
      this.onLost(server);
    }
  }

  // ---- What clients do ----------------------------------------------------------------------------------------------

  ask(node: NodeId, client: Client, request: KvRequest): number | undefined {
    const server = this.#servers.get(node);
    return server === undefined || server.life === 'down' || server.life === 'lost'
      ? undefined : this.requests.ask(server, client, request);
  }

  onAnswer(server: SimulatedNode, answer: ServerAnswer): void {
    this.requests.onAnswer(server, answer);
  }

  onStopped(server: SimulatedNode): void {
    this.requests.onStopped(server);
  }

  /** All entries have been applied by everybody: nothing more will happen. */
  checkEnd(members: readonly SimulatedNode[]): void {
    for (const check of this.watch.checks) check.onEnd?.(members);
  }

  /** The index up to which the furthest server has applied. */
  get appliedIndex(): Index {
    let furthest = 0;
    for (const { lastApplied } of this.#servers.values()) furthest = Math.max(furthest, lastApplied);
    return furthest;
  }
}

/**
 * What the first members start from. The first configuration is not in a log entry, so a node that joins later must
 * get it from a snapshot: the log therefore begins after index 1.
 */
function firstSnapshot(configuration: Configuration): DiskBeginning {
  const data = new KvStateMachine().snapshot();
  const digest = new CheapDigest();
  digest.update(data);
  return {
    data,
    head: {
      lastIncludedIndex: FIRST_INDEX, lastIncludedTerm: 1, configuration, bytes: data.length,
      sha256: digest.digest(), contents: 0,
    },
  };
}

function firstTerms({ leaseReads, electionTimeoutTicks }: SimSettings): LabTerms {
  return { leaseReads, electionTimeoutTicks, tickMicros: TICK_MICROS };
}

