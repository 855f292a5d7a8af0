/** The latest events in a fixed amount of memory. Not reactive: the cluster store's `version` says when it changed. */
import type { TraceEvent } from '../../trace/events.ts';

export class EventRing {
  readonly capacity: number;
  readonly #slots: TraceEvent[] = [];
  #oldest = 0;

  /** @param capacity the most events it holds, at least 1 */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`a ring of ${capacity} events cannot be`);
    this.capacity = capacity;
  }

  get length(): number {
    return this.#slots.length;
  }

  push(event: TraceEvent): void {
    if (this.#slots.length < this.capacity) {
      this.#slots.push(event);
      return;
    }
    this.#slots[this.#oldest] = event;
    this.#oldest = (this.#oldest + 1) % this.capacity;
  }

  /** The event at a position: 0 is the oldest, `length - 1` the newest; undefined outside. */
  at(position: number): TraceEvent | undefined {
    if (position < 0 || position >= this.#slots.length) return undefined;
    return this.#slots[(this.#oldest + position) % this.#slots.length];
  }

  get newest(): TraceEvent | undefined {
    return this.at(this.length - 1);
  }

  clear(): void {
    this.#slots.length = 0;
    this.#oldest = 0;
  }

  /** From the oldest to the newest. */
  *[Symbol.iterator](): IterableIterator<TraceEvent> {
    for (let position = 0; position < this.length; position++) {
      const event = this.at(position);
      if (event !== undefined) yield event;
    }
  }
}
