/** The open lab's view, folded from its events as they come. */
import type { LabService } from '../../lab/service.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { applyEvent } from '../../trace/fold.ts';
import type { ClusterView } from '../../trace/view.ts';

export class LabView {
  readonly view: ClusterView;
  readonly #listeners = new Set<(events: readonly TraceEvent[]) => void>();

  private constructor(view: ClusterView) {
    this.view = view;
  }

  /**
   * Attaches to the open lab.
   * @throws {LabError} when no lab is open, with the reason
   */
  static async attach(service: LabService): Promise<LabView> {
    const early: TraceEvent[] = [];
    let take = (events: readonly TraceEvent[]): void => void early.push(...events);
    service.subscribe((events) => take(events));
    const { view } = await service.execute('lab:attach', {});
    const labView = new LabView(view);
    take = (events) => labView.#take(events);
    take(early);
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

  /** Calls back with events that have just been folded in. */
  onEvents(listener: (events: readonly TraceEvent[]) => void): void {
    this.#listeners.add(listener);
  }

  #take(events: readonly TraceEvent[]): void {
    const fresh = events.filter((event) => event.seq > this.view.seq);
    for (const event of fresh) applyEvent(this.view, event);
    for (const listener of [...this.#listeners]) listener(fresh);
  }
}
