/** The trace of a simulated run: the same events that live nodes emit, so that every reader of those can read these. */
import { describeApplied, describeEntry } from '../kv/index.ts';
import type { Entry, Message, NodeId } from '../raft/index.ts';
import type { DropReason, NodeTraceEvent, TraceEvent } from '../trace/events.ts';
import { summaryOf } from '../trace/messageSummary.ts';
import { incarnationOf, nodeNameOf } from '../trace/names.ts';
import type { NetworkListener } from './network.ts';
import type { AppliedCommand } from './replica.ts';
import type { Schedule } from './schedule.ts';
import type { Server } from './server.ts';
import { type Property, SafetyViolation } from './violation.ts';

/** An event before it has its time: what TraceEvent adds is left out. */
type Happening = NodeTraceEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'atMs'> : never) : never;

/** The sender of events that are the lab's, not a node's. */
const LAB: NodeId = 0;

/** What was broken when no check failed: an assertion of the core, or the promise that the cluster recovers. */
const OTHER_PROMISE: Property = {
  name: 'Invariant',
  section: 'docs/simulator.md',
  statement: 'the assertions of the core hold, and a cluster that is left in peace comes back to work',
};

export class SimulationTrace {
  readonly #write: (event: TraceEvent) => void;
  readonly #boots = new Map<NodeId, number>();
  #seq = 0;

  /** @param write takes each event as it happens */
  constructor(write: (event: TraceEvent) => void) {
    this.#write = write;
  }

  nodeEvent(schedule: Schedule, node: NodeId, happening: Happening): void {
    this.#write({ ...this.#stamp(schedule, node), ...happening });
  }

  /** Virtual time: 0 is when the run began. */
  #stamp({ now }: Schedule, node: NodeId): Pick<TraceEvent, 'seq' | 'atMs' | 'node'> {
    this.#seq += 1;
    return { seq: this.#seq, atMs: now / 1000, node };
  }

  opened(schedule: Schedule, seed: number, voters: readonly NodeId[]): void {
    this.#write({
      ...this.#stamp(schedule, LAB), type: 'labOpened', labId: `seed-${seed}`, name: `Simulated: seed ${seed}`,
      pace: 'fast', nodes: voters.map(nodeNameOf),
    });
  }

  /** The last event of a run that broke a promise. */
  violated(schedule: Schedule, violation: Error): void {
    const isSafety = violation instanceof SafetyViolation;
    const { name, section, statement } = isSafety ? violation.property : OTHER_PROMISE;
    this.#write({
      ...this.#stamp(schedule, LAB), type: 'safetyViolated', check: name, section, statement,
      message: violation.message, nodes: isSafety ? violation.nodes : [], seenAtSeq: this.#seq - 1,
    });
  }

  nodeStarted(schedule: Schedule, { id, disk }: Server): void {
    const boot = (this.#boots.get(id) ?? 0) + 1;
    this.#boots.set(id, boot);
    this.nodeEvent(schedule, id, {
      type: 'nodeStarted', name: nodeNameOf(id), incarnation: incarnationOf(id), address: 'simulated', port: 0,
      threadId: 0, databasePath: '', boot, hardState: disk.hardState, firstIndex: disk.storage.firstIndex(),
      lastIndex: disk.storage.lastIndex(), tail: [], openMs: 0,
    });
  }

  /** @param command what the entry was, where it was a command */
  applied(schedule: Schedule, node: NodeId, entry: Entry, command: AppliedCommand | undefined): void {
    const text = command === undefined ? describeEntry(entry).text : describeApplied(command);
    this.nodeEvent(schedule, node, { type: 'applied', index: entry.index, term: entry.term, text });
  }

  networkListener(schedule: Schedule): NetworkListener {
    return {
      sent: (messageId, message) => {
        this.nodeEvent(schedule, message.from, {
          type: 'messageSent', messageId, to: message.to, message: summaryOf(message), bytes: 0,
        });
      },
      arrived: (messageId, message) => {
        this.nodeEvent(schedule, message.to, {
          type: 'messageReceived', messageId, from: message.from, message: summaryOf(message), bytes: 0,
        });
      },
      dropped: (messageId, message, reason) => {
        this.#dropped(schedule, messageId, message, reason);
      },
    };
  }

  #dropped(schedule: Schedule, messageId: string, message: Message, reason: DropReason): void {
    this.nodeEvent(schedule, message.from, {
      type: 'messageDropped', messageId, from: message.from, to: message.to, reason, message: summaryOf(message),
    });
  }
}
