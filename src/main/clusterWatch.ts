/** A live view of the open lab, folded from its events, and a way to wait until something holds in it. */
import type { LabService } from '../lab/service.ts';
import type { TraceEvent } from '../trace/events.ts';
import { applyEvent } from '../trace/fold.ts';
import type { ClusterView } from '../trace/view.ts';

export class ClusterWatch {
  readonly #view: ClusterView;
  readonly #checks = new Set<() => void>();
  readonly #unsubscribe: () => void;

  private constructor(view: ClusterView, unsubscribe: () => void) {
    this.#view = view;
    this.#unsubscribe = unsubscribe;
  }

  /** Starts to follow the open lab. */
  static async start(service: LabService): Promise<ClusterWatch> {
    let early: TraceEvent[] = [];
    let take = (events: readonly TraceEvent[]): void => { early.push(...events); };
    const unsubscribe = service.subscribe((events) => { take(events); });
    const { view } = await service.execute('lab:attach', {});
    const watch = new ClusterWatch(structuredClone(view), unsubscribe);
    take = (events) => { watch.#take(events); };
    watch.#take(early);
    early = [];
    return watch;
  }

  #take(events: readonly TraceEvent[]): void {
    for (const event of events) if (event.seq > this.#view.seq) applyEvent(this.#view, event);
    for (const check of this.#checks) check();
  }

  get view(): ClusterView {
    return this.#view;
  }

  /**
   * Resolves with the first result of `find` that is not null. It is called now and after every batch of events.
   * @throws {Error} that names `what` when it takes longer than `limitMs`
   */
  until<Found>(what: string, limitMs: number, find: (view: ClusterView) => Found | null): Promise<Found> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#checks.delete(check);
        reject(new Error(`waited ${limitMs} ms in vain for ${what}`));
      }, limitMs);
      const check = (): void => {
        const found = find(this.#view);
        if (found === null) return;
        clearTimeout(timer);
        this.#checks.delete(check);
        resolve(found);
      };
      this.#checks.add(check);
      check();
    });
  }

  stop(): void {
    this.#unsubscribe();
  }
}
