/** The open lab's view, folded from its events as they come. */
import type { LabService } from '../../lab/service.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { applyEvent, emptyView } from '../../trace/fold.ts';
import type { ClusterView } from '../../trace/view.ts';

export class LabView {
  readonly #listeners = new Set<(events: readonly TraceEvent[]) => void>();
  #view: ClusterView;
  /** What came while a view was being asked for; undefined while none is. */
  #early: TraceEvent[] | undefined;

  private constructor(view: ClusterView) {
    this.#view = view;
  }

  get view(): ClusterView {
    return this.#view;
  }

  /**
   * Attaches to the open lab.
   * @throws {LabError} when no lab is open, with the reason
   */
  static async attach(service: LabService): Promise<LabView> {
    const labView = new LabView(emptyView());
    service.subscribe((events) => labView.#take(events));
    await labView.#replace(service);
    // Another lab, or the same one after the way to its host was cut: nothing of the view holds any more.
    service.onLabChanged(() => {
      labView.#replace(service).catch(() => undefined); // no lab is open now: the next one will be told of
    });
    return labView;
  }

  /** Waits until something holds in the view; at most `limitMs`, after which the view is taken as it is. */
  async until(holds: (view: ClusterView) => boolean, limitMs: number): Promise<void> {
    if (holds(this.view)) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve();
      };
      const look = (): void => {
        if (holds(this.view)) end();
      };
      const timer = setTimeout(end, limitMs);
      this.#listeners.add(look);
    });
  }

  /** Calls back with events that have just been folded in, until the returned function is called. */
  onEvents(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #replace(service: LabService): Promise<void> {
    const early: TraceEvent[] = [];
    this.#early = early;
    try {
      this.#view = (await service.execute('lab:attach', {})).view;
    } finally {
      if (this.#early === early) {
        this.#early = undefined;
        this.#take(early);
      }
    }
  }

  #take(events: readonly TraceEvent[]): void {
    if (this.#early !== undefined) {
      this.#early.push(...events);
      return;
    }
    const fresh = events.filter((event) => event.seq > this.view.seq);
    for (const event of fresh) applyEvent(this.view, event);
    for (const listener of [...this.#listeners]) listener(fresh);
  }
}
