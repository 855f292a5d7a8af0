/**
 * Elections that were won a moment ago. A real election is over within milliseconds, faster than any picture; the votes
 * that won it stay beside the new leader for a while, so that one can see who gave them.
 */
import type { Pace, TraceEvent } from '../../trace/events.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';

/** How long the votes stay: as long as their pictures fly there and back, and then some. */
export const VOTES_STAY_MS: Readonly<Record<Pace, number>> = { fast: 1500, class: 2500, slow: 4500 };

export interface WonElection {
  readonly term: number;
  /** Who voted for the winner, itself included. */
  readonly votes: readonly NodeName[];
  /** How many could have voted. */
  readonly voterCount: number;
  readonly untilMs: number;
}

export class WonElections {
  readonly #byNode = new Map<NodeName, WonElection>();

  /** Takes note of an event if it is an election's end. */
  see(event: TraceEvent, pace: Pace, nowMs: number): void {
    if (event.type !== 'roleChanged' || event.role !== 'leader') return;
    this.#byNode.set(nodeNameOf(event.node), {
      term: event.term, votes: event.votes.map(nodeNameOf), voterCount: event.voterCount,
      untilMs: nowMs + VOTES_STAY_MS[pace],
    });
  }

  /** The election that a node won just now, in this term; null when that is past. */
  of(name: NodeName, term: number, nowMs: number): WonElection | null {
    const won = this.#byNode.get(name);
    return won?.term === term && nowMs < won.untilMs ? won : null;
  }

  /** Forgets what is past. Returns the time at which the next one will be, or null. */
  prune(nowMs: number): number | null {
    let next: number | null = null;
    for (const [name, won] of this.#byNode) {
      if (nowMs >= won.untilMs) this.#byNode.delete(name);
      else next = Math.min(next ?? won.untilMs, won.untilMs);
    }
    return next;
  }

  clear(): void {
    this.#byNode.clear();
  }
}
