/** The trace of a simulated run: the same events that live nodes emit, so that every reader of those can read these. */
import type { NodeId } from '../raft/index.ts';
import type { Trace } from '../server/world.ts';
import type { DropReason, LabEvent, NodeTraceEvent, TraceEvent } from '../trace/events.ts';
import { nodeNameOf } from '../trace/names.ts';
import type { ClientOperation } from '../trace/operations.ts';
import { messageIdOf, readHeader } from '../wire/index.ts';
import type { Datagram } from './datagram.ts';
import { SIMULATED_LAB_DIGEST } from './simulatedNode.ts';
import type { Schedule } from './schedule.ts';
import { type Property, SafetyViolation } from './violation.ts';

/** An event before it has its time: what TraceEvent adds is left out. */
export type Happening =
  NodeTraceEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'atMs'> : never) : never;

/** The sender of events that are the lab's, not a node's. */
const LAB: NodeId = 0;

/** What was broken when no check failed: an assertion of the core, or the promise that the cluster recovers. */
const OTHER_PROMISE: Property = {
  name: 'Invariant',
  section: 'docs/simulator.md',
  statement: 'the assertions of the core hold, and a cluster that is left in peace comes back to work',
};

/** Takes what happens in a run. */
export abstract class RunTrace {
  abstract nodeEvent(schedule: Schedule, node: NodeId, happening: Happening): void;

  /** The first event of a run. */
  abstract opened(schedule: Schedule, seed: number, voters: readonly NodeId[]): void;

  /** The last event of a run that broke a promise. */
  abstract violated(schedule: Schedule, violation: Error): void;

  /** What is known of a client's operation. */
  operation(_operation: ClientOperation): void {
    // The cluster keeps it (Cluster.operations); a trace that is written to a file tells of it as well.
  }

  /** What a node's server reports. */
  of(schedule: Schedule, node: NodeId): Trace {
    return {
      add: (body) => this.nodeEvent(schedule, node, body),
      addDetail: (_type, make) => this.nodeEvent(schedule, node, make()),
      operation: (operation) => this.operation(operation),
      flush: () => undefined,
    };
  }

  /** The network has lost a datagram. */
  lost(schedule: Schedule, { from, to, bytes }: Datagram, reason: DropReason): void {
    const header = readHeader(bytes, SIMULATED_LAB_DIGEST);
    const messageId = typeof header === 'string' ? {} : { messageId: messageIdOf(header) };
    this.nodeEvent(schedule, from, { type: 'messageDropped', ...messageId, from, to, reason });
  }
}

/** What a run ended with, as an event tells it. */
export function findingOf(violation: Error): Omit<LabEvent & { readonly type: 'safetyViolated' }, 'seenAtSeq'> {
  const isSafety = violation instanceof SafetyViolation;
  const { name, section, statement } = isSafety ? violation.property : OTHER_PROMISE;
  return {
    type: 'safetyViolated', check: name, section, statement, message: violation.message,
    nodes: isSafety ? violation.nodes : [],
  };
}

export class SimulationTrace extends RunTrace {
  readonly #write: (event: TraceEvent) => void;
  readonly #writeOperation: (operation: ClientOperation) => void;
  #seq = 0;

  /**
   * @param write takes each event as it happens
   * @param writeOperation takes each operation of a client, and again what is newly known of it
   */
  constructor(
    write: (event: TraceEvent) => void, writeOperation: (operation: ClientOperation) => void = () => undefined,
  ) {
    super();
    this.#write = write;
    this.#writeOperation = writeOperation;
  }

  override nodeEvent(schedule: Schedule, node: NodeId, happening: Happening): void {
    this.#write({ ...this.#stamp(schedule, node), ...happening });
  }

  /** Virtual time: 0 is when the run began. */
  #stamp({ now }: Schedule, node: NodeId): Pick<TraceEvent, 'seq' | 'atMs' | 'node'> {
    this.#seq += 1;
    return { seq: this.#seq, atMs: now / 1000, node };
  }

  override operation(operation: ClientOperation): void {
    this.#writeOperation(operation);
  }

  override opened(schedule: Schedule, seed: number, voters: readonly NodeId[]): void {
    this.#write({
      ...this.#stamp(schedule, LAB), type: 'labOpened', labId: `seed-${seed}`, name: `Simulated: seed ${seed}`,
      pace: 'fast', nodes: voters.map(nodeNameOf),
    });
  }

  override violated(schedule: Schedule, violation: Error): void {
    this.#write({ ...this.#stamp(schedule, LAB), ...findingOf(violation), seenAtSeq: this.#seq - 1 });
  }
}
