/** The world of a simulated lab's nodes: virtual time, network and disks as the lab wants them, what nodes are told. */
import { LabError } from '../../contract/errors.ts';
import type { Simulation } from '../../contract/time.ts';
import type { NodeId } from '../../raft/index.ts';
import { timesOf } from '../../server/pace.ts';
import type { PeerAddress, ServerAnswer, ServerRequest } from '../../server/protocol.ts';
import { SNAPSHOT_STEP_BYTES } from '../../server/parts.ts';
import { COMPACTION_DEFAULTS } from '../../server/snapshots/compactionPolicy.ts';
import { ENTRIES_BYTES_PER_MESSAGE_MAX } from '../../server/turn/proposalBatches.ts';
import type { Trace } from '../../server/world.ts';
import type { LinkFaults, NodeTraceEvent, Pace } from '../../trace/events.ts';
import { type NodeName, nodeNameOf } from '../../trace/names.ts';
import type { RaftVariant } from '../../trace/variant.ts';
import { DATAGRAM_BYTES_MAX } from '../../wire/index.ts';
import type { Datagram } from '../datagram.ts';
import { type NetworkSettings, SimulatedNetwork } from '../network.ts';
import { OperationMemory } from '../operationMemory.ts';
import { Random } from '../random.ts';
import { Schedule } from '../schedule.ts';
import type { LabTerms } from '../settings.ts';
import type { NodeSettings, NodeWorld, SimulatedNode } from '../simulatedNode.ts';

/** What every node has, besides its pace and its disk: the limits of real nodes. */
const SETTINGS = {
  datagramBytesMax: DATAGRAM_BYTES_MAX,
  entriesPerMessageBytes: ENTRIES_BYTES_PER_MESSAGE_MAX,
  inflightMessages: 256,
  snapshotEveryEntries: COMPACTION_DEFAULTS.afterEntries,
  snapshotStepBytes: SNAPSHOT_STEP_BYTES,
  trailingEntries: COMPACTION_DEFAULTS.trailingEntries,
} as const;

/** A step of a node's work takes at most this long. */
const WORK_MICROS_MAX = 500;

export interface LabWorldOptions {
  readonly labId: string;
  readonly pace: Pace;
  readonly variant: RaftVariant;
  readonly leaseReads?: boolean | undefined;
  readonly simulation: Simulation;
}

export interface LabWorldListener {
  onEvent(node: SimulatedNode, event: NodeTraceEvent): void;
  onTurn(node: SimulatedNode): void;
  onAnswer(answer: ServerAnswer): void;
  /** The node is gone, and with it everything that it was asked. */
  onStopped(node: SimulatedNode): void;
}

export class LabWorld implements NodeWorld {
  readonly schedule = new Schedule();
  readonly labId: string;
  readonly simulation: Simulation;
  readonly originMs = 0;
  readonly sealing = undefined;
  readonly workMicrosMax = WORK_MICROS_MAX;
  readonly operations = new OperationMemory();
  readonly #listener: LabWorldListener;
  readonly #network: SimulatedNetwork;
  readonly #nodes = new Map<NodeId, SimulatedNode>();
  #pace: Pace;
  #variant: RaftVariant;
  #leaseReads: boolean;
  #faultsOf: (from: NodeId, to: NodeId) => LinkFaults | undefined = () => undefined;

  constructor({ labId, pace, variant, leaseReads, simulation }: LabWorldOptions, listener: LabWorldListener) {
    this.labId = labId;
    this.simulation = simulation;
    this.#pace = pace;
    this.#variant = variant;
    this.#leaseReads = leaseReads ?? false;
    this.#listener = listener;
    this.#network = new SimulatedNetwork(
      this.schedule, new Random(simulation.seed, 'network'), networkOf(simulation.network),
      (datagram) => this.#nodes.get(datagram.to)?.receive(datagram), () => undefined,
    );
  }

  /** Virtual milliseconds since the lab began. */
  get nowMs(): number {
    return this.schedule.now / 1000;
  }

  // ---- Its nodes ----------------------------------------------------------------------------------------------------

  /** Adds a node, which all others then know. */
  add(node: SimulatedNode): void {
    this.#nodes.set(node.id, node);
    this.#announcePeers();
  }

  /** A node is gone for good. */
  remove(node: SimulatedNode): void {
    this.#nodes.delete(node.id);
    this.#announcePeers();
  }

  node(name: NodeName): SimulatedNode | undefined {
    return this.nodes.find(({ id }) => nodeNameOf(id) === name);
  }

  get nodes(): readonly SimulatedNode[] {
    return [...this.#nodes.values()];
  }

  get peers(): readonly PeerAddress[] {
    return [...this.#nodes.keys()].map((id) => ({ id, address: 'simulated', port: id }));
  }

  #announcePeers(): void {
    this.tellAll({ type: 'peers', peers: this.peers });
  }

  tellAll(request: ServerRequest): void {
    for (const node of this.#nodes.values()) node.handle(request);
  }

  // ---- What is set for all ------------------------------------------------------------------------------------------

  get pace(): Pace {
    return this.#pace;
  }

  get variant(): RaftVariant {
    return this.#variant;
  }

  get settings(): NodeSettings {
    const { min, max } = this.simulation.disk.writeMs;
    return {
      ...SETTINGS,
      diskMicros: { min: Math.round(1000 * min), max: Math.round(1000 * max) },
      heartbeatTicks: timesOf(this.#pace).heartbeatTicks,
    };
  }

  get terms(): LabTerms {
    const { tickMs, electionTimeoutTicks } = timesOf(this.#pace);
    return { leaseReads: this.#leaseReads, electionTimeoutTicks, tickMicros: 1000 * tickMs };
  }

  get leaseReads(): boolean {
    return this.#leaseReads;
  }

  setPace(pace: Pace): void {
    this.#pace = pace;
    this.#announceTerms();
  }

  setLeaseReads(enabled: boolean): void {
    this.#leaseReads = enabled;
    this.#announceTerms();
  }

  setVariant(variant: RaftVariant): void {
    this.#variant = variant;
    this.tellAll({ type: 'variant', variant });
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
    return {
      add,
      addDetail: (_type, make) => add(make()),
      operation: (operation) => this.operations.add(operation),
      flush: () => undefined,
    };
  }

  send(datagram: Datagram): void {
    this.#network.send(datagram);
  }

  onTurn(node: SimulatedNode): void {
    this.#listener.onTurn(node);
  }

  onAnswer(_node: SimulatedNode, answer: ServerAnswer): void {
    this.#listener.onAnswer(answer);
  }

  onStopped(node: SimulatedNode): void {
    this.#listener.onStopped(node);
  }

  /** Only the node ends, as a real one does: its lab goes on, and shows why. */
  failureOf(error: unknown): LabError {
    return new LabError('internal', error instanceof Error ? error.message : String(error));
  }

  onFailed(node: SimulatedNode, code: 'disk-full' | 'internal' | 'corrupt', message: string): void {
    this.traceOf(node).add({ type: 'nodeFailed', code, message });
  }
}

function networkOf({ delayMs, lossPercent, duplicatePercent, reorderPercent }: Simulation['network']): NetworkSettings {
  return {
    latencyMicros: { min: Math.round(1000 * delayMs.min), max: Math.round(1000 * delayMs.max) },
    lossProbability: lossPercent / 100,
    duplicateProbability: duplicatePercent / 100,
    stragglerProbability: reorderPercent / 100,
  };
}
