/** What a safety check is: it watches the events of a lab, and says when they show what Raft rules out. */
import type { Index, NodeId, Term } from '../../raft/types.ts';
import type { TraceEvent } from '../events.ts';

/** What a check found. */
export interface Finding {
  /** What was seen, as a sentence with the values. */
  readonly message: string;
  /** The servers that it is about. */
  readonly nodes: readonly NodeId[];
  readonly term?: Term;
  readonly index?: Index;
}

/** One of Raft's guarantees (Raft Figure 3), watched over a trace. Its memory is bounded. */
export interface Check {
  /** The guarantee's name, the paper's where it has one. */
  readonly name: string;
  /** Where it is stated. */
  readonly section: string;
  /** What it says, in a sentence for a person. */
  readonly statement: string;
  /**
   * Takes note of an event. Those of one node come in order.
   * @returns what is wrong; null while all is well
   */
  observe(event: TraceEvent): Finding | null;
  /**
   * Events of this node are missing from here on: what the check knew of it may be outdated, and must not count against
   * it. Absent where a check looks only at facts that nothing missing can make untrue.
   */
  missed?(node: NodeId): void;
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
