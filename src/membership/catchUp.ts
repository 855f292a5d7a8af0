/** Whether a new node has caught up, so that it may become a voter without delaying the cluster. */
import type { Index, NodeId } from '../raft/types.ts';

interface Round {
  /** What the leader had committed when the round began. */
  readonly target: Index;
  readonly startedAtMs: number;
}

/** What the leader knows about the new node, and when. */
export interface CatchUpSight {
  readonly matchIndex: Index;
  readonly commitIndex: Index;
  readonly nowMs: number;
  readonly electionTimeoutMs: number;
}

/**
 * The log is replicated to the new node in rounds. Each round brings what the leader had when the round began. When a
 * round takes less than an election timeout, so little is left that the node can become a voter (dissertation §4.2.1).
 * This also ends under a steady stream of writes, where the node never has everything.
 */
export class CatchUpRounds {
  readonly #rounds = new Map<NodeId, Round>();

  /** Checks a node that is catching up. @returns whether it has caught up */
  look(id: NodeId, { matchIndex, commitIndex, nowMs, electionTimeoutMs }: CatchUpSight): boolean {
    const round = this.#rounds.get(id) ?? { target: commitIndex, startedAtMs: nowMs };
    this.#rounds.set(id, round);
    if (matchIndex < round.target) {
      return false;
    }
    if (matchIndex >= commitIndex || nowMs - round.startedAtMs < electionTimeoutMs) {
      return true;
    }
    this.#rounds.set(id, { target: commitIndex, startedAtMs: nowMs });
    return false;
  }

  /** Forgets all nodes except these. */
  keep(ids: readonly NodeId[]): void {
    for (const id of this.#rounds.keys()) {
      if (!ids.includes(id)) {
        this.#rounds.delete(id);
      }
    }
  }
}
