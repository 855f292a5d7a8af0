/** Events as a space-time diagram: what each node did when, the messages between them, operations and faults. */
import { kindOf } from '../../trace/kinds.ts';
import type { EventKind } from '../../trace/kinds.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClientOutcome, MessageKind, TraceEvent } from '../../trace/events.ts';

/** From this moment on a node is in this term and state, until its next stretch. */
export interface Stretch {
  readonly fromMs: number;
  readonly term: number;
  readonly isDown: boolean;
  readonly isLeader: boolean;
}

/** Something at a moment of a node: what ← and → go to. */
export interface Stop {
  readonly atMs: number;
  readonly event: TraceEvent;
  /** The message that is sent, received or lost here; null for everything else. */
  readonly arrow: Arrow | null;
}

/** A message from its sending to its end. */
export interface Arrow {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly type: MessageKind;
  readonly kind: EventKind;
  readonly term: number;
  readonly sent: TraceEvent;
  /** Where it was received or lost; null while it travels, and where the events do not tell. */
  end: TraceEvent | null;
  isLost: boolean;
}

/** A client's operation at the node that was asked. */
export interface Bar {
  readonly node: NodeName;
  readonly requestId: string;
  readonly text: string;
  readonly asked: TraceEvent;
  toMs: number | null;
  outcome: ClientOutcome | null;
}

/** A fault for a span of time; `nodes` is empty where it concerns all. */
export interface Band {
  readonly type: 'partition' | 'down';
  readonly nodes: readonly NodeName[];
  readonly text: string;
  readonly fromMs: number;
  toMs: number | null;
}

export interface Lane {
  readonly node: NodeName;
  readonly stretches: Stretch[];
  readonly stops: Stop[];
}

/** The most messages that wait for their other end; beyond that the oldest are forgotten. */
const TRAVELLING_MAX = 4096;

/** The diagram's data, built from events in their order. Every array is sorted by time. */
export class SpaceTime {
  readonly lanes = new Map<NodeName, Lane>();
  readonly arrows: Arrow[] = [];
  readonly bars: Bar[] = [];
  readonly bands: Band[] = [];
  readonly #travelling = new Map<string, Arrow>();
  /** Ends of messages that were told of before their beginnings: each node tells by itself. */
  readonly #ended = new Map<string, TraceEvent>();
  readonly #asked = new Map<string, Bar>();
  readonly #down = new Map<NodeName, Band>();
  #partition: Band | null = null;
  #eventCount = 0;
  #lastSeq = 0;
  #firstSeq = 0;

  get eventCount(): number {
    return this.#eventCount;
  }

  /** The numbers of the first and the last event; 0 while there is none. */
  get firstSeq(): number {
    return this.#firstSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  add(event: TraceEvent): void {
    if (this.#eventCount === 0) this.#firstSeq = event.seq;
    this.#eventCount += 1;
    this.#lastSeq = event.seq;
    if (event.node === 0) this.#addOfLab(event);
    else this.#addOfNode(event, nodeNameOf(event.node));
  }

  #addOfLab(event: TraceEvent): void {
    if (event.type === 'partitioned') {
      this.#endPartition(event.atMs);
      const text = `partition ${event.groups.map((group) => group.join(' ')).join(' | ')}`;
      // All but the largest group: there nothing can be decided.
      const largest = event.groups.toSorted((left, right) => right.length - left.length)[0];
      const nodes = event.groups.filter((group) => group !== largest).flat();
      this.#partition = { type: 'partition', nodes, text, fromMs: event.atMs, toMs: null };
      this.bands.push(this.#partition);
    } else if (event.type === 'healed') {
      this.#endPartition(event.atMs);
    } else if (event.type === 'nodeAdded') {
      this.#lane(event.name);
    }
  }

  #endPartition(atMs: number): void {
    if (this.#partition !== null) this.#partition.toMs = atMs;
    this.#partition = null;
  }

  #addOfNode(event: TraceEvent, node: NodeName): void {
    const lane = this.#lane(node);
    this.#stretch(lane, event);
    const arrow = this.#arrowOf(event, node);
    this.#operation(event, node);
    const isSeen = arrow !== null || SHOWN_KINDS.has(kindOf(event));
    if (isSeen) insertByTime(lane.stops, { atMs: event.atMs, event, arrow });
  }

  #lane(node: NodeName): Lane {
    const known = this.lanes.get(node);
    if (known !== undefined) return known;
    const lane: Lane = { node, stretches: [], stops: [] };
    this.lanes.set(node, lane);
    return lane;
  }

  #stretch(lane: Lane, event: TraceEvent): void {
    const before = lane.stretches.at(-1);
    const next = stretchAfter(before ?? { fromMs: 0, term: 0, isDown: false, isLeader: false }, event);
    if (next === null) return;
    lane.stretches.push(next);
    if (next.isDown === (before?.isDown ?? false)) return;
    if (next.isDown) {
      const band: Band = {
        type: 'down', nodes: [lane.node], text: `${lane.node} ${DOWN_WORDS[event.type] ?? 'is down'}`,
        fromMs: event.atMs, toMs: null,
      };
      this.#down.set(lane.node, band);
      this.bands.push(band);
    } else {
      const band = this.#down.get(lane.node);
      if (band !== undefined) band.toMs = event.atMs;
      this.#down.delete(lane.node);
    }
  }

  #arrowOf(event: TraceEvent, node: NodeName): Arrow | null {
    if (event.type === 'messageSent') {
      const { message } = event;
      const arrow: Arrow = {
        from: node, to: nodeNameOf(event.to), type: message.type, kind: kindOf(event), term: message.term, sent: event,
        end: null, isLost: false,
      };
      insertArrow(this.arrows, arrow);
      const end = this.#ended.get(event.messageId);
      this.#ended.delete(event.messageId);
      if (end === undefined) {
        remember(this.#travelling, event.messageId, arrow);
      } else {
        endArrow(arrow, end);
        insertByTime(this.#lane(nodeNameOf(end.node)).stops, { atMs: end.atMs, event: end, arrow });
      }
      return arrow;
    }
    if (event.type !== 'messageReceived' && event.type !== 'messageDropped') return null;
    if (event.messageId === undefined) return null;
    const arrow = this.#travelling.get(event.messageId);
    if (arrow === undefined) {
      remember(this.#ended, event.messageId, event);
      return null;
    }
    endArrow(arrow, event);
    this.#travelling.delete(event.messageId);
    return arrow;
  }

  #operation(event: TraceEvent, node: NodeName): void {
    if (event.type === 'clientAsked') {
      const bar: Bar = {
        node, requestId: event.requestId, text: `${event.client}: ${event.text}`, asked: event, toMs: null,
        outcome: null,
      };
      this.#asked.set(event.requestId, bar);
      this.bars.push(bar);
    } else if (event.type === 'clientAnswered') {
      const bar = this.#asked.get(event.requestId);
      if (bar === undefined) return;
      bar.toMs = event.atMs;
      bar.outcome = event.outcome;
      this.#asked.delete(event.requestId);
    }
  }
}

function endArrow(arrow: Arrow, end: TraceEvent): void {
  arrow.end = end;
  arrow.isLost = end.type === 'messageDropped';
}

function remember<Value>(known: Map<string, Value>, messageId: string, value: Value): void {
  known.set(messageId, value);
  const [oldest] = known.keys();
  if (known.size > TRAVELLING_MAX && oldest !== undefined) known.delete(oldest);
}

/** Besides messages, these kinds of events are marks on a node's line. */
const SHOWN_KINDS: ReadonlySet<EventKind> = new Set<EventKind>(['elections', 'replication', 'client', 'lab']);

/** Their term is not their sender's own. */
const PRE_VOTES: ReadonlySet<MessageKind> = new Set<MessageKind>(['PreVote', 'PreVoteResponse']);

const DOWN_WORDS: Partial<Record<TraceEvent['type'], string>> = {
  nodeCrashed: 'is crashed', nodeStopped: 'is stopped', nodePaused: 'is paused', nodeFailed: 'has failed',
  nodeAway: 'is away', nodeWiped: 'is wiped',
};

/** The node's next stretch where an event begins one. */
function stretchAfter(before: Stretch, event: TraceEvent): Stretch | null {
  const fromMs = event.atMs;
  switch (event.type) {
    case 'nodeStarted':
    case 'nodeRestated':
      return { fromMs, term: event.hardState.currentTerm, isDown: false, isLeader: false };
    case 'nodeResumed':
      return { ...before, fromMs, isDown: false };
    case 'nodeCrashed':
    case 'nodeStopped':
    case 'nodePaused':
    case 'nodeFailed':
    case 'nodeAway':
    case 'nodeWiped':
      return { ...before, fromMs, isDown: true, isLeader: event.type === 'nodePaused' && before.isLeader };
    case 'termChanged':
      return { ...before, fromMs, term: event.term, isLeader: false };
    case 'roleChanged':
      return { fromMs, term: event.term, isDown: before.isDown, isLeader: event.role === 'leader' };
    case 'messageSent':
      // The first that is heard of a node in the middle of a trace.
      // A pre-vote asks for the term after the node's own (dissertation §9.6).
      return before.fromMs === 0 && !PRE_VOTES.has(event.message.type)
        ? { ...before, fromMs, term: event.message.term } : null;
    default:
      return null;
  }
}

/** The lab hears of several nodes one after the other: times of one node rise, and hardly ever anything moves. */
function insertByTime(stops: Stop[], stop: Stop): void {
  let at = stops.length;
  while (at > 0 && (stops[at - 1]?.atMs ?? 0) > stop.atMs) at -= 1;
  stops.splice(at, 0, stop);
}

function insertArrow(arrows: Arrow[], arrow: Arrow): void {
  let at = arrows.length;
  while (at > 0 && (arrows[at - 1]?.sent.atMs ?? 0) > arrow.sent.atMs) at -= 1;
  arrows.splice(at, 0, arrow);
}

/** The position of the first of the sorted elements whose time is not before a moment. */
export function firstFrom<Element>(sorted: readonly Element[], atMs: number, timeOf: (one: Element) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = sorted[middle];
    if (one !== undefined && timeOf(one) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
