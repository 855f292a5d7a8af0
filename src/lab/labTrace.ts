/** The open lab's trace: numbers every event, keeps the latest, folds them into the view, passes them on. */
import type { NodeId } from '../raft/types.ts';
import type { LabEvent, NodeTraceEvent, TraceBody, TraceEvent } from '../trace/events.ts';
import { applyEvent, emptyView } from '../trace/fold.ts';
import type { ClusterView } from '../trace/view.ts';

/** The events that can be asked for again; older ones are gone. */
export const EVENTS_KEPT_MAX = 20_000;
/** How many may be kept beyond that before the oldest are let go, so that the list is not moved for every batch. */
const EVENTS_SLACK = 4000;

export class LabTrace {
  readonly view: ClusterView = emptyView();
  readonly #listener: (events: readonly TraceEvent[]) => void;
  #events: TraceEvent[] = [];
  #seq = 0;

  constructor(listener: (events: readonly TraceEvent[]) => void) {
    this.#listener = listener;
  }

  /** Events of the lab itself, now. */
  record(...events: readonly LabEvent[]): void {
    this.#add(events.map((event) => ({ body: event, atMs: Date.now(), node: 0 })));
  }

  /** An event of a node that the lab tells, because the node's thread cannot. */
  recordOf(node: NodeId, event: Exclude<TraceBody, LabEvent>): void {
    this.#add([{ body: event, atMs: Date.now(), node }]);
  }

  /**
   * A batch from a node's thread.
   * @param dropped how many events the thread left out of the batch: they leave a gap in the numbers
   */
  recordBatch(node: NodeId, events: readonly NodeTraceEvent[], dropped: number): void {
    this.#seq += dropped;
    this.#add(events.map((event) => ({ body: event, atMs: event.atMs, node })));
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

  #add(records: readonly { readonly body: TraceBody; readonly atMs: number; readonly node: NodeId }[]): void {
    if (records.length === 0) {
      return;
    }
    const numbered = records.map(({ body, atMs, node }): TraceEvent => {
      this.#seq += 1;
      return { ...body, seq: this.#seq, atMs, node };
    });
    for (const event of numbered) {
      applyEvent(this.view, event);
      this.#events.push(event);
    }
    if (this.#events.length > EVENTS_KEPT_MAX + EVENTS_SLACK) {
      this.#events = this.#events.slice(-EVENTS_KEPT_MAX);
    }
    this.#listener(numbered);
  }
}
