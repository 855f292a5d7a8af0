/** Short ways to write trace events in tests. */
import type { TraceBody, TraceEvent } from '../../src/trace/events.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { LinkFaults } from '../../src/trace/events.ts';
import { applyEvent, emptyView } from '../../src/trace/fold.ts';
import { incarnationOf, nodeNameOf } from '../../src/trace/names.ts';
import type { NodeName } from '../../src/trace/names.ts';
import type { ClusterView, NodeView } from '../../src/trace/view.ts';

export const LAB_OPENED: TraceBody = {
  type: 'labOpened', labId: 'lab-1', name: 'Default lab', pace: 'class', nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
};

/** A nodeStarted of an empty node, or of one with the given fields. */
export function started(id: number, fields: Partial<TraceBody & { type: 'nodeStarted' }> = {}): TraceBody {
  return {
    type: 'nodeStarted', name: nodeNameOf(id), incarnation: incarnationOf(id), address: '127.0.0.1', port: 47_100 + id,
    threadId: id, databasePath: `/lab/${nodeNameOf(id)}/raft.db`, boot: 1,
    hardState: { currentTerm: 0, votedFor: 0, commitIndex: 0 }, firstIndex: 1, lastIndex: 0, tail: [], openMs: 2.5,
    ...fields,
  };
}

/** Log entries of one term, as events tell of them. */
export function entries(term: number, ...indexes: number[]) {
  return indexes.map((index) => ({ index, term, type: 'command' as const, bytes: 20 }));
}

export const faults = (some: Partial<LinkFaults>): LinkFaults => ({ ...NO_FAULTS, ...some });

/** A trace that numbers and dates its events, and its view. */
export class Trace {
  readonly view: ClusterView = emptyView();
  readonly events: TraceEvent[] = [];

  constructor() {
    this.add(0, LAB_OPENED);
  }

  /** Adds an event at a node (0: the lab) and folds it in; one millisecond after the one before. */
  add(node: number, body: TraceBody): TraceEvent {
    const event: TraceEvent = { ...body, seq: this.events.length + 1, atMs: 1000 + this.events.length, node };
    this.events.push(event);
    applyEvent(this.view, event);
    return event;
  }

  node(name: NodeName): NodeView {
    const node = this.view.nodes[name];
    if (node === undefined) throw new Error(`no ${name} in the view`);
    return node;
  }
}
