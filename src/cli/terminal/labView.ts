/** The open lab's view, folded from its events as they come. */
import type { LabService } from '../../lab/service.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { applyEvent, emptyView } from '../../trace/fold.ts';
import type { ClusterView } from '../../trace/view.ts';
import { LabTime } from './labTime.ts';
import { clockMs } from '../../node/clock.ts';

/** Clocks drift apart slowly. */
const CLOCK_ASKED_EVERY_MS = 2000;

export class LabView {
  readonly #listeners = new Set<(events: readonly TraceEvent[]) => void>();
  #view: ClusterView;
  /** Events that came while a view was being requested; undefined while none is. */
  #early: TraceEvent[] | undefined;
  readonly #service: LabService;
  /** The clock of the lab's host minus this machine's, and when it was requested. */
  #clockOffsetMs = 0;
  #clockAskedAtMs = Number.NEGATIVE_INFINITY;

  readonly time: LabTime;

  private constructor(service: LabService, view: ClusterView, time: LabTime) {
    this.#service = service;
    this.#view = view;
    this.time = time;
  }

  /** The time that the events use: in milliseconds since 1970 by the lab's host, or virtual in a simulated lab. */
  nowMs(): number {
    if (this.#view.seed !== null) return this.#view.atMs;
    if (performance.now() - this.#clockAskedAtMs > CLOCK_ASKED_EVERY_MS) void this.#askClock();
    return clockMs() + this.#clockOffsetMs;
  }

  get view(): ClusterView {
    return this.#view;
  }

  /**
   * Attaches to the open lab.
   * @throws {LabError} when no lab is open, with the reason
   */
  static async attach(service: LabService): Promise<LabView> {
    const labView = new LabView(service, emptyView(), await LabTime.attach(service));
    service.subscribe((events) => labView.#take(events));
    await labView.#replace(service);
    await labView.#askClock();
    // Another lab, or the same one after the connection to its host was cut: the view is no longer valid.
    service.onLabChanged(() => {
      labView.#replace(service).catch(() => undefined); // no lab is open now: the next one will be announced
    });
    return labView;
  }

  /** Attaches again, after a step back in time. */
  async reattach(): Promise<void> {
    await this.#replace(this.#service);
  }

  /** Waits until `holds` is true for the view, but at most `limitMs`; then the view is used as it is. */
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

  async #askClock(): Promise<void> {
    this.#clockAskedAtMs = performance.now();
    const status = await this.#service.execute('lan:status', {}).catch(() => undefined); // no offset then
    this.#clockOffsetMs = status?.mode === 'joined' ? status.clockOffsetMs : 0;
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
