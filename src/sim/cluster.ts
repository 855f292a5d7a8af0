/** A simulated cluster: its nodes, their network and clients, and the checks that watch every step. */
import { KvStateMachine } from '../kv/index.ts';
import {
  type Configuration, configurationOf, EMPTY_CONFIGURATION, type Entry, type Index, type Message, type NodeId,
  type RaftEvent, type Ready, type SafetyRules,
} from '../raft/index.ts';
import type { DurableChange } from '../server/logStore.ts';
import type { KvRequest, PeerAddress, ServerAnswer } from '../server/protocol.ts';
import type { Seals, Trace } from '../server/world.ts';
import { DATAGRAM_SECRET_BYTES } from '../wire/index.ts';
import type { LinkFaults } from '../trace/events.ts';
import { NODE_NUMBER_MAX, nodeIdOf, nodeNumberOf } from '../trace/names.ts';
import { CheapDigest } from './cheapDigest.ts';
import type { Check } from './checks/observer.ts';
import { Client, type ClientOutcome, type ClientWorld } from './clients.ts';
import { appendedBy, CoreLog } from './coreLog.ts';
import { type CrashOutcome, SimulatedDisk } from './disk.ts';
import { type Datagram, SimulatedNetwork } from './network.ts';
import { Random } from './random.ts';
import { Schedule } from './schedule.ts';
import { SimulatedNode, type NodeWorld } from './simulatedNode.ts';
import type { DiskBeginning } from './simulatedSnapshots.ts';
import { type LabTerms, type SimSettings, TICK_MICROS } from './settings.ts';
import type { SimulationTrace } from './trace.ts';
import { REPEATABLE_SEALS } from './seals.ts';
import { SILENT_TRACE } from './silentTrace.ts';
import { checksOver, ConfigurationHistory } from './watch.ts';

/** The index of the first configuration. */
const FIRST_INDEX: Index = 1;
/** Called with what happens inside nodes, when it happens. */
export type EventListener = (node: SimulatedNode, event: RaftEvent) => void;

/** A request that a node has not answered. */
interface Asked {
  readonly node: NodeId;
  readonly client: Client;
  readonly request: KvRequest;
}

export class Cluster implements NodeWorld, ClientWorld {
  readonly settings: SimSettings;
  readonly schedule = new Schedule();
  readonly network: SimulatedNetwork;
  readonly rules: Partial<SafetyRules>;
  readonly clients: readonly Client[];
  readonly trace: SimulationTrace | undefined;
  readonly labId: string;
  readonly originMs = 0;
  readonly sealing: { readonly seals: Seals; readonly secret: Uint8Array } | undefined;
  onRaftEvent: EventListener = () => undefined;
  /** Called when a server is lost for good, so that it is replaced. */
  onLost: (node: SimulatedNode) => void = () => undefined;
  /** The lab terms that the servers should follow. */
  terms: LabTerms;
  /** The server that clients ask first for now. */
  favourite: NodeId | undefined;
  readonly #servers = new Map<NodeId, SimulatedNode>();
  readonly #asked = new Map<number, Asked>();
  #requests = 0;
  readonly #checks: readonly Check[];
  readonly #configurations: ConfigurationHistory;
  /** The servers that take part, or are about to. */
  #members: readonly NodeId[] = [];
  readonly #incarnations = new Map<number, number>();

  constructor(settings: SimSettings, trace: SimulationTrace | undefined) {
    this.settings = settings;
    this.trace = trace;
    this.terms = firstTerms(settings);
    this.labId = `seed-${settings.seed}`;
    const secret = new Uint8Array(DATAGRAM_SECRET_BYTES).fill(settings.seed);
    this.sealing = settings.isSealed ? { seals: REPEATABLE_SEALS, secret } : undefined;
    this.rules = Object.fromEntries(settings.rulesOff.map((rule) => [rule, false]));
    this.network = new SimulatedNetwork(
      this.schedule, new Random(settings.seed, 'network'), settings,
      (datagram) => this.#servers.get(datagram.to)?.receive(datagram),
      (datagram, reason) => trace?.lost(this.schedule, datagram, reason),
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

  server(id: NodeId): SimulatedNode | undefined {
    return this.#servers.get(id);
  }

  get servers(): Iterable<SimulatedNode> {
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
    return this.trace?.of(this.schedule, server.id) ?? SILENT_TRACE;
  }

  /** The network itself has all faults. */
  faultsFrom(): Readonly<Record<NodeId, LinkFaults>> {
    return {};
  }

  send(datagram: Datagram): void {
    this.network.send(datagram);
  }

  onStart(server: SimulatedNode): void {
    for (const check of this.#checks) check.onStart?.(server);
  }

  onEvent(server: SimulatedNode, event: RaftEvent): void {
    const log = new CoreLog(server.raft);
    if (event.type === 'roleChanged') {
      for (const check of this.#checks) check.onRole?.(server, event.role, event.term, log);
    } else if (event.type === 'commitAdvanced') {
      const term = log.termAt(event.commitIndex) ?? 0;
      for (const check of this.#checks) check.onCommit?.(server, event.commitIndex, term);
    }
    this.onRaftEvent(server, event);
  }

  onReady(server: SimulatedNode, ready: Ready): void {
    this.#observeLeaseReads(server, ready);
    const appended = appendedBy(server, ready);
    if (appended !== undefined) {
      for (const check of this.#checks) check.onAppend?.(server, appended);
    }
    if (ready.mustSync) {
      this.#observeSent(server, ready.messagesBeforePersist);
    }
  }

  onPersisted(server: SimulatedNode, ready: Ready): void {
    if (!ready.mustSync) {
      this.#observeSent(server, ready.messagesBeforePersist);
    }
    this.#observeSent(server, ready.messages);
    if (ready.snapshot !== undefined) {
      const { snapshot } = ready;
      for (const check of this.#checks) check.onInstall?.(server, snapshot.lastIncludedIndex);
    }
  }

  onApplied(server: SimulatedNode, entry: Entry): void {
    this.#configurations.noteApplied(entry.index);
    for (const check of this.#checks) check.onApply?.(server, entry);
    if (entry.type === 'configuration') {
      this.#noteConfiguration(server);
    }
  }

  /** Its own reads, and those of followers that it answers. */
  #observeLeaseReads(server: SimulatedNode, { readStates, messagesBeforePersist }: Ready): void {
    const { role, term } = server;
    const answers = messagesBeforePersist.filter((message) => message.type === 'ReadIndexResponse');
    const confirmed = [...(role === 'leader' ? readStates : []), ...answers];
    if (confirmed.some(({ confirmedBy }) => confirmedBy === 'lease')) {
      for (const check of this.#checks) check.onLeaseRead?.(server, term);
    }
  }

  #observeSent(server: SimulatedNode, messages: readonly Message[]): void {
    for (const message of messages) {
      for (const check of this.#checks) check.onSend?.(server, message);
    }
  }

  #noteConfiguration(server: SimulatedNode): void {
    const { configuration, lastApplied } = server;
    if (this.#configurations.note(lastApplied, configuration)) {
      const { voters, votersOutgoing, learners } = configuration;
      this.#members = [...new Set([...voters, ...votersOutgoing, ...learners])].sort((a, b) => a - b);
    }
  }

  onStored(server: SimulatedNode, { hardState }: DurableChange): void {
    if (hardState !== undefined) {
      for (const check of this.#checks) check.onPersist?.(server, hardState);
    }
  }

  onFailed(server: SimulatedNode, code: 'disk-full' | 'corrupt', message: string): void {
    this.trace?.nodeEvent(this.schedule, server.id, { type: 'nodeFailed', code, message });
    if (code === 'corrupt') {
      this.onLost(server);
    }
  }

  // ---- What clients do ----------------------------------------------------------------------------------------------

  ask(node: NodeId, client: Client, request: KvRequest): number | undefined {
    this.#requests += 1;
    const requestId = this.#requests;
    if (this.#servers.get(node)?.life === 'down' || this.#servers.get(node)?.life === 'lost') {
      return undefined;
    }
    this.#asked.set(requestId, { node, client, request });
    for (const check of this.#checks) check.onAsked?.(requestId, request);
    this.#servers.get(node)?.handle({ type: 'kv', requestId, request });
    return requestId;
  }

  onAnswer(server: SimulatedNode, answer: ServerAnswer): void {
    if (answer.type === 'kvAnswer') {
      for (const check of this.#checks) check.onAnswered?.(server, answer.requestId, answer.answer);
      this.#settle(answer.requestId, { type: 'answered', answer: answer.answer });
    } else if (answer.type === 'requestFailed') {
      for (const check of this.#checks) check.onRefused?.(server, answer.requestId, answer.error);
      this.#settle(answer.requestId, { type: 'failed', error: answer.error });
    }
  }

  onStopped(server: SimulatedNode): void {
    for (const [requestId, { node }] of this.#asked) {
      if (node === server.id) this.#settle(requestId, { type: 'vanished' });
    }
  }

  #settle(requestId: number, outcome: ClientOutcome): void {
    const asked = this.#asked.get(requestId);
    this.#asked.delete(requestId);
    // An answer may come before the client knows that it has asked.
    this.schedule.after(0, () => asked?.client.onOutcome(requestId, outcome));
  }

  /** All entries have been applied by everybody: nothing more will happen. */
  checkEnd(members: readonly SimulatedNode[]): void {
    for (const check of this.#checks) check.onEnd?.(members);
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

