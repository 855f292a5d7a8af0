/** Who leads, and who led in the latest terms. */
import { NONE } from '../../raft/index.ts';
import type { NodeId, Term } from '../../raft/index.ts';

/** The leaders of this many terms are remembered, to name the one that appended an entry. */
const LEADERS_REMEMBERED_MAX = 32;

export class KnownLeaders {
  readonly #leaders = new Map<Term, NodeId>();
  #leader: NodeId = NONE;
  #term: Term = 0;

  /** NONE when no leader is known. */
  get leader(): NodeId {
    return this.#leader;
  }

  get term(): Term {
    return this.#term;
  }

  /** The leader of a term; the current leader where that is not known. */
  of(term: Term): NodeId {
    return this.#leaders.get(term) ?? this.#leader;
  }

  /** A leader became known; NONE: no leader is known. */
  note(leader: NodeId, term: Term): void {
    this.#leader = leader;
    this.#term = term;
    if (leader === NONE) {
      return;
    }
    this.#leaders.set(term, leader);
    for (const oldest of this.#leaders.keys()) {
      if (this.#leaders.size <= LEADERS_REMEMBERED_MAX) {
        break;
      }
      this.#leaders.delete(oldest);
    }
  }
}
