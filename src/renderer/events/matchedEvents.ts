/** The events that pass the filter, newest first: kept up to date with work in proportion to what is new. */
import type { TraceEvent } from '../../trace/events.ts';

/** The recent events as the store keeps them: in order of `seq`, the oldest at 0, at most so many. */
export interface EventHistory {
  readonly length: number;
  at(index: number): TraceEvent | undefined;
}

export type EventTest = (event: TraceEvent) => boolean;

/** How many events of the past one call of `searchPast` looks at: a few milliseconds with a text filter. */
export const PAST_EVENTS_A_SLICE = 2000;

/**
 * A filtered projection of the history. What comes in after a change of the filter is tested as it comes (`follow`); what was
 * there before is tested from the newest to the oldest in slices (`searchPast`), so that no filter blocks a frame.
 */
export class MatchedEvents {
  #test: EventTest;
  /** Matches that came in since the filter was set, oldest first. */
  #recent: TraceEvent[] = [];
  /** Matches from before, newest first. */
  #past: TraceEvent[] = [];
  /** The newest seq that was followed; -1 before the first event. */
  #followedSeq = -1;
  /** Everything in the history below this seq is still to be searched. */
  #searchedFromSeq = 0;

  constructor(test: EventTest) {
    this.#test = test;
  }

  /** How many events match, of those searched so far. */
  get length(): number {
    return this.#recent.length + this.#past.length;
  }

  /** The match at `index`; 0 is the newest. */
  at(index: number): TraceEvent | undefined {
    const recent = this.#recent.length;
    return index < recent ? this.#recent[recent - 1 - index] : this.#past[index - recent];
  }

  /** Where the match with this seq is, or where it would be: the number of matches that are newer. */
  indexOf(seq: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const event = this.at(middle);
      if (event !== undefined && event.seq > seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Begins anew with another test, or with another history (another lab was opened). */
  reset(test: EventTest, history: EventHistory): void {
    this.#test = test;
    this.#recent = [];
    this.#past = [];
    this.#followedSeq = history.at(history.length - 1)?.seq ?? -1;
    this.#searchedFromSeq = this.#followedSeq + 1;
  }

  /** Takes in what the history has gained since the last call, and lets go of what it has lost. */
  follow(history: EventHistory): void {
    const first = firstAfter(history, this.#followedSeq);
    for (let index = first; index < history.length; index += 1) {
      const event = history.at(index);
      if (event === undefined) continue;
      if (this.#test(event)) this.#recent.push(event);
      this.#followedSeq = event.seq;
    }
    this.#forgetBefore(history.at(0)?.seq ?? Infinity);
  }

  /** Searches the next slice of the past; false when there is nothing left to search. */
  searchPast(history: EventHistory): boolean {
    let index = firstAfter(history, this.#searchedFromSeq - 1) - 1;
    const end = Math.max(-1, index - PAST_EVENTS_A_SLICE);
    for (; index > end; index -= 1) {
      const event = history.at(index);
      if (event === undefined) continue;
      if (this.#test(event)) this.#past.push(event);
      this.#searchedFromSeq = event.seq;
    }
    return index >= 0;
  }

  #forgetBefore(oldestSeq: number): void {
    while ((this.#past.at(-1)?.seq ?? oldestSeq) < oldestSeq) this.#past.pop();
    if (this.#past.length > 0 || (this.#recent[0]?.seq ?? oldestSeq) >= oldestSeq) return;
    const kept = this.#recent.findIndex((event) => event.seq >= oldestSeq);
    this.#recent = kept === -1 ? [] : this.#recent.slice(kept);
  }
}

/** The index of the first event in the history whose seq is above `seq`; its length when there is none. */
function firstAfter(history: EventHistory, seq: number): number {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const event = history.at(middle);
    if (event !== undefined && event.seq <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
