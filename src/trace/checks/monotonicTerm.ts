/** currentTerm increases monotonically (Raft §5.1, Figure 2 "Persistent state"), also over the crashes of a server. */
import type { NodeId, Term } from '../../raft/types.ts';
import type { TraceEvent } from '../events.ts';
import { fullNodeName } from '../names.ts';
import type { Check } from './check.ts';

interface Terms {
  /** The term that the server was last heard to be in. */
  readonly current: Term;
  /** The highest that it has on stable storage for certain; a term that it had just entered may be lost by a crash. */
  readonly stored: Term;
}

export class MonotonicTerm implements Check {
  readonly name = 'currentTerm never goes back';
  readonly section = 'Raft §5.1';
  readonly #terms = new Map<NodeId, Terms>();

  observe(event: TraceEvent): string | null {
    const { current, stored } = this.#terms.get(event.node) ?? { current: 0, stored: 0 };
    const name = fullNodeName(event.node);
    switch (event.type) {
      case 'nodeStarted': {
        const { currentTerm } = event.hardState;
        this.#terms.set(event.node, { current: currentTerm, stored: currentTerm });
        return currentTerm < stored ? `${name} had stored term ${stored} and came back with term ${currentTerm}` : null;
      }
      case 'termChanged':
        this.#terms.set(event.node, { current: event.term, stored });
        return event.term < current ? `the term of ${name} went from ${current} back to ${event.term}` : null;
      case 'persisted':
        if (event.hardStateChanged) this.#terms.set(event.node, { current, stored: current });
        return null;
      default:
        return null;
    }
  }
}
