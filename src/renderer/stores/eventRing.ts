/** The latest events in bounded memory. Not reactive: the cluster store's `version` signals changes. */
import type { TraceEvent } from '../../trace/events.ts';

/** Events in the order of `seq`, the oldest at 0. */
export interface EventHistory {
  readonly length: number;
  at(index: number): TraceEvent | undefined;
}

export class EventRing<Event extends TraceEvent = TraceEvent> {
  readonly capacity: number;
  readonly #slots: Event[] = [];
  #oldest = 0;

  /** @param capacity the most events it holds, at least 1 */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`a ring needs a capacity of at least 1, not ${capacity}`);
    }
    this.capacity = capacity;
  }

  get length(): number {
    return this.#slots.length;
  }

  /** Adds an event, and returns the one that it displaced, if any. */
  push(event: Event): Event | undefined {
    if (this.#slots.length < this.capacity) {
      this.#slots.push(event);
      return undefined;
    }
    const oldest = this.#slots[this.#oldest];
    this.#slots[this.#oldest] = event;
    this.#oldest = (this.#oldest + 1) % this.capacity;
    return oldest;
  }

  /** Puts another in place of the event at a position. */
  replace(position: number, event: Event): void {
    if (position >= 0 && position < this.length) this.#slots[(this.#oldest + position) % this.#slots.length] = event;
  }

  /** The event at a position: 0 is the oldest, `length - 1` the newest; undefined outside. */
  at(position: number): Event | undefined {
    if (position < 0 || position >= this.#slots.length) return undefined;
    return this.#slots[(this.#oldest + position) % this.#slots.length];
  }

  get newest(): Event | undefined {
    return this.at(this.length - 1);
  }

  clear(): void {
    this.#slots.length = 0;
    this.#oldest = 0;
  }

  /** From the oldest to the newest. */
  *[Symbol.iterator](): IterableIterator<Event> {
    for (let position = 0; position < this.length; position++) {
      const event = this.at(position);
      if (event !== undefined) yield event;
    }
  }
}

/** The index of the first event in the history with a seq above `seq`; its length when there is none. */
export function firstAfter(history: EventHistory, seq: number): number {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((history.at(middle)?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
