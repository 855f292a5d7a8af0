/**
 * The trace of a simulated run: the same events that live nodes emit, so that everything that reads those can read
 * these.
 */
import { describeEntry } from '../kv/index.ts';
import type { Entry, Message, NodeId } from '../raft/index.ts';
import type { DropReason, NodeTraceEvent, TraceEvent } from '../trace/events.ts';
import { summaryOf } from '../trace/messageSummary.ts';
import { nodeNameOf } from '../trace/names.ts';
import type { NetworkListener } from './network.ts';
import type { Schedule } from './schedule.ts';
import type { Server } from './server.ts';

/** An event before it has its time: what TraceEvent adds is left out. */
type Happening = NodeTraceEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'atMs'> : never) : never;

export class SimulationTrace {
  readonly #write: (event: TraceEvent) => void;
  #seq = 0;

  /** @param write takes each event as it happens */
  constructor(write: (event: TraceEvent) => void) {
    this.#write = write;
  }

  nodeEvent(schedule: Schedule, node: NodeId, happening: Happening): void {
    this.#seq += 1;
    this.#write({ seq: this.#seq, atMs: schedule.now / 1000, node, ...happening });
  }

  nodeStarted(schedule: Schedule, server: Server): void {
    const { storage } = server.disk;
    this.nodeEvent(schedule, server.id, {
      type: 'nodeStarted', name: nodeNameOf(server.id), incarnation: 1, address: 'simulated', port: 0, threadId: 0,
      databasePath: '', boot: 1, hardState: server.disk.hardState, firstIndex: storage.firstIndex(),
      lastIndex: storage.lastIndex(), tail: [], openMs: 0,
    });
  }

  applied(schedule: Schedule, node: NodeId, entry: Entry): void {
    const { text } = describeEntry(entry);
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
