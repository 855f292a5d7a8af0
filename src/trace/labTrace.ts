/**
 * The open lab's trace: numbers every event, checks that none breaks a guarantee of Raft, keeps the latest, applies
 * them to the view, and passes them on.
 */
import type { NodeId } from '../raft/types.ts';
import { SafetyChecks } from './checks/index.ts';
import type { LabEvent, NodeTraceEvent, TraceBody, TraceEvent } from './events.ts';
import { applyEvent, emptyView } from './fold.ts';
import { COUNT_MAX } from './view.ts';
import type { ClusterView } from './view.ts';

/** How many of the latest events can be asked for again; older ones are gone. */
export const EVENTS_KEPT_MAX = 20_000;
/** How many events a window gets when it attaches; it asks for older ones page by page. */
export const RECENT_EVENTS = 1000;
/** The share that may be kept beyond it before the oldest are dropped, so that the list is seldom moved. */
const EVENTS_SLACK = 0.2;
/** Gaps end at this number: beyond it each event still gets a number of its own, whatever nodes report. */
const SEQ_AFTER_GAP_MAX = COUNT_MAX / 2;

export class LabTrace {
  readonly view: ClusterView = emptyView();
  readonly #clockMs: () => number;
  readonly #listener: (events: readonly TraceEvent[]) => void;
  readonly #eventsKeptMax: number;
  readonly #checks = new SafetyChecks();
  #events: TraceEvent[] = [];
  #seq = 0;

  /**
   * @param clockMs the time of the lab's own events, in milliseconds since 1970
   * @param eventsKeptMax how many of the latest events can be asked for again
   */
  constructor(
    clockMs: () => number, listener: (events: readonly TraceEvent[]) => void, eventsKeptMax = EVENTS_KEPT_MAX,
  ) {
    this.#eventsKeptMax = eventsKeptMax;
    this.#clockMs = clockMs;
    this.#listener = listener;
  }

  /** Records events of the lab itself, now. Events in one call happened at the same moment. */
  record(...events: readonly LabEvent[]): void {
    const atMs = this.#clockMs();
    this.#pass(events.flatMap((event) => this.#take(event, atMs, 0)));
  }

  /** Records an event of a node that the lab reports, because the node's thread cannot. */
  recordOf(node: NodeId, event: Exclude<TraceBody, LabEvent>): void {
    this.#pass(this.#take(event, this.#clockMs(), node));
  }

  /**
   * Records a batch from a node's thread.
   * @param dropped how many events the thread left out of the batch: they leave a gap in the numbers. No check depends
   * on them; if events other than details are missing, the node reports its complete state (`nodeRestated`)
   */
  recordBatch(node: NodeId, events: readonly NodeTraceEvent[], dropped: number): void {
    this.#seq = Math.max(this.#seq, Math.min(this.#seq + dropped, SEQ_AFTER_GAP_MAX));
    this.#pass(events.flatMap((event) => this.#take(event, event.atMs, node)));
  }

  /** The latest events, oldest first. */
  recent(count: number): readonly TraceEvent[] {
    return this.#events.slice(-count);
  }

  /** The last `count` events before number `beforeSeq`, oldest first; fewer where the older ones are gone. */
  page(beforeSeq: number, count: number): readonly TraceEvent[] {
    let end = this.#events.length;
    while (end > 0 && (this.#events[end - 1]?.seq ?? 0) >= beforeSeq) {
      end -= 1;
    }
    return this.#events.slice(Math.max(0, end - count), end);
  }

  #pass(events: readonly TraceEvent[]): void {
    if (this.#events.length > this.#eventsKeptMax * (1 + EVENTS_SLACK)) {
      this.#events = this.#events.slice(-this.#eventsKeptMax);
    }
    if (events.length > 0) {
      this.#listener(events);
    }
  }

  /** @returns the event, followed by what a check found in it */
  #take(body: TraceBody, atMs: number, node: NodeId): readonly TraceEvent[] {
    const event = this.#number(body, atMs, node);
    const found = this.#checks.observe(event);
    return found.length === 0 ? [event] : [event, ...found.map((finding) => this.#number(finding, atMs, 0))];
  }

  #number(body: TraceBody, atMs: number, node: NodeId): TraceEvent {
    this.#seq += 1;
    const event: TraceEvent = { ...body, seq: this.#seq, atMs, node };
    applyEvent(this.view, event);
    this.#events.push(event);
    return event;
  }
}
