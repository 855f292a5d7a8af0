/**
 * Elections that were won a moment ago. A real election ends within milliseconds, faster than any picture. Its votes
 * stay beside the new leader for a while, so that people can see the voters.
 */
import type { Pace, TraceEvent } from '../../trace/events.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';

/** How long the votes stay: somewhat longer than the flights of their messages there and back. */
export const VOTES_STAY_MS: Readonly<Record<Pace, number>> = { fast: 1500, class: 2500, slow: 4500 };

export interface WonElection {
  readonly term: number;
  /** Who voted for the winner, itself included. */
  readonly votes: readonly NodeName[];
  /** The number of voters in the configuration. */
  readonly voterCount: number;
  readonly untilMs: number;
}

export class WonElections {
  readonly #byNode = new Map<NodeName, WonElection>();

  /** Records an event if it is an election's end. */
  see(event: TraceEvent, pace: Pace, nowMs: number): void {
    if (event.type !== 'roleChanged' || event.role !== 'leader') return;
    this.#byNode.set(nodeNameOf(event.node), {
      term: event.term, votes: event.votes.map(nodeNameOf), voterCount: event.voterCount,
      untilMs: nowMs + VOTES_STAY_MS[pace],
    });
  }

  /** The election that a node has just won in this term; null when the time is over. */
  of(name: NodeName, term: number, nowMs: number): WonElection | null {
    const won = this.#byNode.get(name);
    return won?.term === term && nowMs < won.untilMs ? won : null;
  }

  /** Forgets elections whose time is over. Returns the time at which the next one will be, or null. */
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
