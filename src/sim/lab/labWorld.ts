/** The world of a simulated lab's nodes: virtual time, links that are fast and whole, and what they are told. */
import type { NodeId, SafetyRules } from '../../raft/index.ts';
import { timesOf } from '../../server/pace.ts';
import type { PeerAddress, ServerAnswer, ServerRequest } from '../../server/protocol.ts';
import { SNAPSHOT_STEP_BYTES } from '../../server/parts.ts';
import { COMPACTION_DEFAULTS } from '../../server/snapshots/compactionPolicy.ts';
import { ENTRIES_BYTES_PER_MESSAGE_MAX } from '../../server/turn/proposalBatches.ts';
import type { Trace } from '../../server/world.ts';
import type { LinkFaults, NodeTraceEvent, Pace } from '../../trace/events.ts';
import { type NodeName, nodeNameOf } from '../../trace/names.ts';
import { DATAGRAM_BYTES_MAX } from '../../wire/index.ts';
import { type Datagram, SimulatedNetwork } from '../network.ts';
import { Random } from '../random.ts';
import { Schedule } from '../schedule.ts';
import type { LabTerms } from '../settings.ts';
import type { NodeSettings, NodeWorld, SimulatedNode } from '../simulatedNode.ts';

/** As between the nodes of one machine. */
const NETWORK = {
  latencyMicros: { min: 100, max: 400 }, lossProbability: 0, duplicateProbability: 0, stragglerProbability: 0,
} as const;

/** What every node has, besides its pace: the limits of real nodes, and a disk like a laptop's. */
const SETTINGS = {
  checkQuorum: true,
  preVote: true,
  datagramBytesMax: DATAGRAM_BYTES_MAX,
  diskMicros: { min: 400, max: 1200 },
  entriesPerMessageBytes: ENTRIES_BYTES_PER_MESSAGE_MAX,
  inflightMessages: 256,
  snapshotEveryEntries: COMPACTION_DEFAULTS.afterEntries,
  snapshotStepBytes: SNAPSHOT_STEP_BYTES,
  trailingEntries: COMPACTION_DEFAULTS.trailingEntries,
} as const;

export interface LabWorldOptions {
  readonly labId: string;
  readonly pace: Pace;
  readonly seed: number;
  /** What the trace calls the beginning, in milliseconds since 1970. */
  readonly beginsAtMs: number;
}

export interface LabWorldListener {
  onEvent(node: SimulatedNode, event: NodeTraceEvent): void;
  onAnswer(answer: ServerAnswer): void;
  /** The node is gone, and with it everything that it was asked. */
  onStopped(node: SimulatedNode): void;
}

export class LabWorld implements NodeWorld {
  readonly schedule = new Schedule();
  readonly labId: string;
  readonly originMs: number;
  readonly sealing = undefined;
  readonly workMicrosMax = 500;
  readonly rules: Partial<SafetyRules> = {};
  readonly #listener: LabWorldListener;
  readonly #network: SimulatedNetwork;
  readonly #nodes = new Map<NodeId, SimulatedNode>();
  #pace: Pace;
  #leaseReads = false;
  #faultsOf: (from: NodeId, to: NodeId) => LinkFaults | undefined = () => undefined;

  constructor({ labId, pace, seed, beginsAtMs }: LabWorldOptions, listener: LabWorldListener) {
    this.labId = labId;
    this.originMs = beginsAtMs;
    this.#pace = pace;
    this.#listener = listener;
    this.#network = new SimulatedNetwork(
      this.schedule, new Random(seed, 'network'), NETWORK,
      (datagram) => this.#nodes.get(datagram.to)?.receive(datagram), () => undefined,
    );
  }

  get nowMs(): number {
    return this.originMs + this.schedule.now / 1000;
  }

  run(forMs: number): void {
    const until = this.schedule.now + Math.round(1000 * forMs);
    while (this.schedule.runNext(until)) { /* the next is due */ }
    this.schedule.advanceTo(until);
  }

  // ---- Its nodes ----------------------------------------------------------------------------------------------------

  /** Adds a node and starts it. */
  add(node: SimulatedNode): void {
    this.#nodes.set(node.id, node);
    this.#tellAll({ type: 'peers', peers: this.peers });
    node.start();
  }

  node(name: NodeName): SimulatedNode | undefined {
    return this.nodes.find(({ id }) => nodeNameOf(id) === name);
  }

  get nodes(): readonly SimulatedNode[] {
    return [...this.#nodes.values()];
  }

  /** The running leader of the newest term, if there is one. */
  leader(): SimulatedNode | undefined {
    return this.nodes.filter(({ leads, life }) => leads && life === 'up').sort((a, b) => b.term - a.term)[0];
  }

  get peers(): readonly PeerAddress[] {
    return [...this.#nodes.keys()].map((id) => ({ id, address: 'simulated', port: id }));
  }

  #tellAll(request: ServerRequest): void {
    for (const node of this.#nodes.values()) node.handle(request);
  }

  // ---- What is set for all ------------------------------------------------------------------------------------------

  get pace(): Pace {
    return this.#pace;
  }

  get settings(): NodeSettings {
    return { ...SETTINGS, heartbeatTicks: timesOf(this.#pace).heartbeatTicks };
  }

  get terms(): LabTerms {
    const { tickMs, electionTimeoutTicks } = timesOf(this.#pace);
    return { leaseReads: this.#leaseReads, electionTimeoutTicks, tickMicros: 1000 * tickMs };
  }

  setPace(pace: Pace): void {
    this.#pace = pace;
    this.#announceTerms();
  }

  setLeaseReads(enabled: boolean): void {
    this.#leaseReads = enabled;
    this.#announceTerms();
  }

  #announceTerms(): void {
    for (const node of this.#nodes.values()) node.follow(this.terms);
  }

  /** @param faultsOf the faults of each link */
  setFaults(faultsOf: (from: NodeId, to: NodeId) => LinkFaults): void {
    this.#faultsOf = faultsOf;
    for (const node of this.#nodes.values()) {
      node.handle({ type: 'faults', faults: this.faultsFrom(node.id) });
    }
  }

  faultsFrom(from: NodeId): Readonly<Record<NodeId, LinkFaults>> {
    const others = [...this.#nodes.keys()].filter((id) => id !== from);
    return Object.fromEntries(others.flatMap((to) => {
      const faults = this.#faultsOf(from, to);
      return faults === undefined ? [] : [[to, faults]];
    }));
  }

  // ---- What nodes do ------------------------------------------------------------------------------------------------

  traceOf(node: SimulatedNode): Trace {
    const add: Trace['add'] = (body) => this.#listener.onEvent(node, { ...body, atMs: this.nowMs });
    return { add, addDetail: (_type, make) => add(make()), flush: () => undefined };
  }

  send(datagram: Datagram): void {
    this.#network.send(datagram);
  }

  onAnswer(_node: SimulatedNode, answer: ServerAnswer): void {
    this.#listener.onAnswer(answer);
  }

  onStopped(node: SimulatedNode): void {
    this.#listener.onStopped(node);
  }

  onFailed(node: SimulatedNode, code: 'disk-full' | 'corrupt', message: string): void {
    this.traceOf(node).add({ type: 'nodeFailed', code, message });
  }
}
