/**
 * What happened in the core since its owner last asked: bounded, so that it does not grow without limit if the owner
 * never asks.
 */
import type { RaftEvent } from './events.ts';

export class EventBuffer {
  readonly #limit: number;
  #events: RaftEvent[] = [];
  #droppedCount = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether events are kept at all: if not, none need be made. */
  get enabled(): boolean {
    return this.#limit > 0;
  }

  /** How many events were dropped so far because they were not taken in time. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  add(event: RaftEvent): void {
    if (this.#events.length >= this.#limit) {
      this.#droppedCount++;
      return;
    }
    this.#events.push(event);
  }

  /** All events since the last call, in order. */
  take(): RaftEvent[] {
    const taken = this.#events;
    this.#events = [];
    return taken;
  }
}
