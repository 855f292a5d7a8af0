/** What a safety check is: it watches the events of a lab, and says when they show what Raft rules out. */
import type { TraceEvent } from '../events.ts';

/** One of Raft's guarantees (Raft Figure 3), watched over a trace. Its memory is bounded. */
export interface Check {
  /** The guarantee's name, the paper's where it has one. */
  readonly name: string;
  /** Where it is stated. */
  readonly section: string;
  /**
   * Takes note of an event. Events may be missing from a trace, but those of one node come in order.
   * @returns what is wrong, as a sentence with the values; null while all is well
   */
  observe(event: TraceEvent): string | null;
}

/** A map that forgets what was put in longest ago when it is full. */
export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#sizeMax) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
