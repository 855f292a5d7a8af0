/**
 * Events that are one thing to a person: a partition or its end, with the links that it changed; and a node that asks
 * for pre-votes again and again, because it reaches no majority.
 */
import type { TraceEvent } from '../../trace/events.ts';
import { PEERS_MAX } from '../../trace/view.ts';
import { wordsFor } from '../../trace/words.ts';

/** An event of the list, with those that belong to it. */
export type ListedEvent = TraceEvent & {
  readonly parts?: readonly TraceEvent[];
  readonly repeats?: Repeats;
};

/** How often the same has happened, the first time included, and when for the last time. */
export interface Repeats {
  readonly count: number;
  readonly lastAtMs: number;
}

/** A node that asks for pre-votes for one term, until it stands for election or hears of a leader. */
interface PreVotes {
  readonly term: number;
  row: ListedEvent;
  /** What was told of it already; whatever says the same once more has no row of its own. */
  readonly told: Set<string>;
}

/** Finds out which events belong to the row of an earlier one. They come in the order of their numbers. */
export class EventFolder {
  #newest: ListedEvent | undefined;
  readonly #preVotes = new Map<number, PreVotes>();

  /**
   * @param oldestSeq rows before this one are gone
   * @returns the row of the earlier event with this one taken in; null when the event has a row of its own
   */
  fold(event: TraceEvent, oldestSeq = 0): ListedEvent | null {
    const whole = withPart(this.#newest, event);
    if (whole !== null) return this.#newest = whole;
    const repeated = this.#foldPreVote(event, oldestSeq);
    if (repeated !== null) return repeated;
    this.#newest = event;
    return null;
  }

  clear(): void {
    this.#newest = undefined;
    this.#preVotes.clear();
  }

  #foldPreVote(event: TraceEvent, oldestSeq: number): ListedEvent | null {
    const about = preVoteOf(event);
    if (about === null) {
      if (endsPreVotes(event)) this.#preVotes.delete(event.node);
      return null;
    }
    const { candidate, term, says } = about;
    const known = this.#preVotes.get(candidate);
    if (known?.term !== term || known.row.seq < oldestSeq) {
      this.#begin(candidate, { term, row: event, told: new Set([says]) });
      return null;
    }
    if (!known.told.has(says)) {
      known.told.add(says);
      // Each node tells by itself: a vote may be heard of before the question.
      if (says === ASKS) known.row = event;
      return null;
    }
    const { count } = known.row.repeats ?? { count: 1 };
    const isNextTry = event.type === 'voteReceived' && event.voter === candidate;
    known.row = { ...known.row, repeats: { count: isNextTry ? count + 1 : count, lastAtMs: event.atMs } };
    return known.row;
  }

  #begin(candidate: number, preVotes: PreVotes): void {
    if (this.#preVotes.size >= PEERS_MAX) this.#preVotes.clear();
    this.#preVotes.set(candidate, preVotes);
  }
}

const ASKS = 'asks';

/** Who asks for a pre-vote, for which term, and what the event says of that: the same for every try. */
function preVoteOf(event: TraceEvent): { candidate: number; term: number; says: string } | null {
  switch (event.type) {
    case 'roleChanged': {
      const { node: candidate, role, previousRole, leader } = event;
      if (role === 'pre-candidate') return { candidate, term: event.term + 1, says: ASKS };
      const isRefused = previousRole === 'pre-candidate' && role === 'follower' && leader === 0;
      return isRefused ? { candidate, term: event.term + 1, says: 'is refused' } : null;
    }
    case 'voteReceived': {
      // A pre-vote is about the term that would come (dissertation §9.6).
      const { node: candidate, preVote, voter, granted } = event;
      return preVote ? { candidate, term: event.term + 1, says: `counts ${voter} ${granted}` } : null;
    }
    case 'voteGranted': {
      const { node, preVote, candidate, term } = event;
      return preVote ? { candidate, term, says: `granted by ${node}` } : null;
    }
    case 'voteRefused': {
      const { node, preVote, candidate, term, reason } = event;
      return preVote ? { candidate, term, says: `refused by ${node} ${reason}` } : null;
    }
    default:
      return null;
  }
}

/** Whether the node does not ask for pre-votes from now on: should it do so again, that is another story. */
function endsPreVotes(event: TraceEvent): boolean {
  switch (event.type) {
    case 'leaderChanged':
      return event.leader !== 0;
    case 'roleChanged':
    case 'termChanged':
    case 'nodeStarted':
    case 'nodeRestated':
      return true;
    default:
      return false;
  }
}

/**
 * The event before, with the next one added as a part; null if the next one is separate. The lab records a partition
 * and its cut links in one call, so their times are equal and their numbers consecutive.
 */
function withPart(before: ListedEvent | undefined, event: TraceEvent): ListedEvent | null {
  if (event.type !== 'linkChanged' || before === undefined) return null;
  if (before.type !== 'partitioned' && before.type !== 'healed') return null;
  const parts = before.parts ?? [];
  const isNext = before.atMs === event.atMs && event.seq === before.seq + parts.length + 1;
  return isNext ? { ...before, parts: [...parts, event] } : null;
}

/** Events in their order, each with those that belong to it. */
export function foldEvents(events: readonly TraceEvent[]): ListedEvent[] {
  const folder = new EventFolder();
  const rows = new Map<number, ListedEvent>();
  for (const event of events) {
    const row = folder.fold(event) ?? event;
    rows.set(row.seq, row);
  }
  return [...rows.values()];
}

/** What an event and those that belong to it say: `14× asks for pre-votes before it begins term 5`. */
export function listedSentence(event: ListedEvent): string {
  const { sentence } = wordsFor(event);
  const { count } = event.repeats ?? { count: 1 };
  return count === 1 ? sentence : `${count}× ${sentence}`;
}

/** How many links an event changed, both directions of one counted once: `6 links`. Empty for other events. */
export function partsText({ parts = [] }: ListedEvent): string {
  const pairs = parts.flatMap((part) => (part.type === 'linkChanged' ? [[part.from, part.to].sort().join()] : []));
  const count = new Set(pairs).size;
  if (count === 0) return '';
  return count === 1 ? '1 link' : `${count} links`;
}
