/** A lab's view folded from its events, with conditions that are looked at after each of them. */
import type { Condition } from '../trace/conditions.ts';
import type { TraceEvent } from '../trace/events.ts';
import { applyEvent, emptyView } from '../trace/fold.ts';
import type { ClusterView } from '../trace/view.ts';

/** A condition that is watched. */
export interface Watch {
  readonly condition: Condition;
  /** The event after which it held first; null while it has not. */
  readonly metBy: TraceEvent | null;
  /** Whether it held when the watching began: `metBy` is then the latest event before. */
  readonly heldAlready: boolean;
}

interface OwnWatch extends Watch {
  metBy: TraceEvent | null;
}

export class WatchedView {
  #view = emptyView();
  /** The last event of the view. */
  #latest: TraceEvent | null = null;
  /** Events that came before the view did; undefined once it is there. */
  #early: TraceEvent[] | undefined = [];
  readonly #watches = new Set<OwnWatch>();
  readonly #listeners = new Set<() => void>();

  get view(): ClusterView {
    return this.#view;
  }

  get latest(): TraceEvent | null {
    return this.#latest;
  }

  /** Takes the view of the lab as it was attached to, and the events that came since. */
  begin(view: ClusterView, recentEvents: readonly TraceEvent[]): void {
    this.#view = structuredClone(view);
    this.#latest = recentEvents.at(-1) ?? null;
    const early = this.#early ?? [];
    this.#early = undefined;
    this.take(early);
  }

  take(events: readonly TraceEvent[]): void {
    if (this.#early !== undefined) {
      this.#early.push(...events);
      return;
    }
    for (const event of events) {
      if (event.seq <= this.#view.seq) continue;
      applyEvent(this.#view, event);
      this.#latest = event;
      for (const watch of this.#watches) {
        if (watch.condition.isMet(this.#view, event)) this.#meet(watch, event);
      }
    }
    for (const listener of [...this.#listeners]) listener();
  }

  /** Watches a condition from now on, until it is met; one that holds already is met by the latest event. */
  watch(condition: Condition): Watch {
    const heldAlready = this.#latest !== null && condition.isMet(this.#view, null);
    const watch: OwnWatch = { condition, metBy: heldAlready ? this.#latest : null, heldAlready };
    if (!heldAlready) this.#watches.add(watch);
    return watch;
  }

  unwatch(watch: Watch): void {
    this.#watches.delete(watch);
  }

  /** Calls back after each batch of events; returns the function that stops it. */
  onEvents(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #meet(watch: OwnWatch, event: TraceEvent): void {
    watch.metBy = event;
    this.#watches.delete(watch);
  }
}
