/** currentTerm increases monotonically (Raft §5.1, Figure 2 "Persistent state"), also across a node's crashes. */
import type { NodeId, Term } from '../../raft/types.ts';
import type { TraceEvent } from '../events.ts';
import { fullNodeName } from '../names.ts';
import type { Check, Finding } from './check.ts';

interface Terms {
  /** The last term that the node reported. */
  readonly current: Term;
  /** The highest term that is certainly on its stable storage; a crash may lose a term that it had just entered. */
  readonly stored: Term;
}

const UNKNOWN: Terms = { current: 0, stored: 0 };

export class MonotonicTerm implements Check {
  readonly name = 'currentTerm never goes back';
  readonly section = 'Raft §5.1';
  readonly statement = 'A server’s currentTerm only increases, and what it has stored of it survives its crashes.';
  readonly #terms = new Map<NodeId, Terms>();

  observe(event: TraceEvent): Finding | null {
    switch (event.type) {
      case 'nodeStarted':
      case 'nodeRestated':
        return this.#started(event.node, event.hardState.currentTerm);
      case 'termChanged':
        return this.#changed(event.node, event.term);
      case 'persisted':
        if (event.hardStateChanged) {
          const { current } = this.#termsOf(event.node);
          this.#terms.set(event.node, { current, stored: current });
        }
        return null;
      default:
        return null;
    }
  }

  /** It may have crashed since and lost a term that was not stored. Stored terms survive. */
  missed(node: NodeId): void {
    const { stored } = this.#termsOf(node);
    this.#terms.set(node, { current: stored, stored });
  }

  #started(node: NodeId, term: Term): Finding | null {
    const { stored } = this.#termsOf(node);
    this.#terms.set(node, { current: term, stored: term });
    if (term >= stored) return null;
    const message = `${fullNodeName(node)} had stored term ${stored} and came back with term ${term}`;
    return { message, nodes: [node], term };
  }

  #changed(node: NodeId, term: Term): Finding | null {
    const { current, stored } = this.#termsOf(node);
    this.#terms.set(node, { current: term, stored });
    if (term >= current) return null;
    return { message: `the term of ${fullNodeName(node)} went from ${current} back to ${term}`, nodes: [node], term };
  }

  #termsOf(node: NodeId): Terms {
    return this.#terms.get(node) ?? UNKNOWN;
  }
}
