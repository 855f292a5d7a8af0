/** A safety check: it watches the events of a lab and reports what Raft rules out. */
import type { Index, NodeId, Term } from '../../raft/types.ts';
import type { TraceEvent } from '../events.ts';

/** What a check found. */
export interface Finding {
  /** What the check saw, as a sentence with the values. */
  readonly message: string;
  /** The nodes that it concerns. */
  readonly nodes: readonly NodeId[];
  readonly term?: Term;
  readonly index?: Index;
}

/** One of Raft's guarantees (Raft Figure 3), watched over a trace. Its memory is bounded. */
export interface Check {
  /** The guarantee's name; the paper's name if it has one. */
  readonly name: string;
  /** Where it is stated. */
  readonly section: string;
  /** The guarantee in a sentence for a person. */
  readonly statement: string;
  /**
   * Looks at an event. The events of one node come in order.
   * @returns what is wrong; null if nothing is
   */
  observe(event: TraceEvent): Finding | null;
  /**
   * Events of this node are missing at this point: what the check knew about it may be outdated and must not count
   * against it. Absent if a check only uses facts that missing events cannot make untrue.
   */
  missed?(node: NodeId): void;
}

/** A map that drops its oldest entry when it is full. */
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
