/** The events that the list can show, and those of them that pass its filter: newest first, in bounded memory. */
import type { TraceEvent } from '../../trace/events.ts';
import { EventRing } from '../stores/eventRing.ts';
import { isRoutine } from './eventKinds.ts';

/** Events in order; the cluster store's ring is one, the oldest event at 0. */
export interface EventHistory {
  readonly length: number;
  at(index: number): TraceEvent | undefined;
}

export type EventTest = (event: TraceEvent) => boolean;

/**
 * Messages and timers are kept apart from the rest: at the fast pace they come by the thousand, and would push an
 * election out of a common ring within seconds.
 */
export const STORY_EVENTS_MAX = 5000;
export const ROUTINE_EVENTS_MAX = 5000;
export const MATCHES_MAX = STORY_EVENTS_MAX + ROUTINE_EVENTS_MAX;
/** How many events of the past one call of `searchPast` looks at: a few milliseconds with a text filter. */
export const PAST_EVENTS_A_SLICE = 1000;

/**
 * What comes in after a change of the filter is tested as it comes (`follow`); what was there before is tested from the
 * newest to the oldest in slices (`searchPast`), so that no filter blocks a frame.
 */
export class EventArchive {
  readonly #story = new EventRing(STORY_EVENTS_MAX);
  readonly #routine = new EventRing(ROUTINE_EVENTS_MAX);
  #test: EventTest;
  /** Matches that came in since the filter was set, oldest first. */
  #recent: TraceEvent[] = [];
  /** Matches from before, newest first. */
  #past: TraceEvent[] = [];
  /** The newest seq that was followed; 0 before the first event. */
  #followedSeq = 0;
  /** Everything below this seq is still to be searched. */
  #searchedFromSeq = 1;

  constructor(test: EventTest) {
    this.#test = test;
  }

  /** How many events are kept, matching or not. */
  get keptCount(): number {
    return this.#story.length + this.#routine.length;
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

  /** How many matches are newer than the event with this seq. */
  newerThan(seq: number): number {
    return countNewer(this, seq);
  }

  /** Forgets everything: another lab was opened. */
  clear(): void {
    this.#story.clear();
    this.#routine.clear();
    this.#recent = [];
    this.#past = [];
    this.#followedSeq = 0;
    this.#searchedFromSeq = 1;
  }

  /** Another filter: no matches for now, until `searchPast` and `follow` find them. */
  setTest(test: EventTest): void {
    this.#test = test;
    this.#recent = [];
    this.#past = [];
    this.#searchedFromSeq = this.#followedSeq + 1;
  }

  /** Takes in what the history has gained since the last call. */
  follow(history: EventHistory): void {
    for (let index = firstAfter(history, this.#followedSeq); index < history.length; index += 1) {
      const event = history.at(index);
      if (event === undefined) continue;
      (isRoutine(event) ? this.#routine : this.#story).push(event);
      if (this.#test(event)) this.#recent.push(event);
      this.#followedSeq = event.seq;
    }
    this.#forgetOldMatches();
  }

  /** Searches the next slice of the past; false when nothing is left to search. */
  searchPast(): boolean {
    let story = firstAfter(this.#story, this.#searchedFromSeq - 1) - 1;
    let routine = firstAfter(this.#routine, this.#searchedFromSeq - 1) - 1;
    for (let looked = 0; looked < PAST_EVENTS_A_SLICE; looked += 1) {
      const storySeq = this.#story.at(story)?.seq ?? 0;
      const routineSeq = this.#routine.at(routine)?.seq ?? 0;
      const event = storySeq > routineSeq ? this.#story.at(story--) : this.#routine.at(routine--);
      if (event === undefined) return false;
      if (this.#test(event)) this.#past.push(event);
      this.#searchedFromSeq = event.seq;
    }
    return story >= 0 || routine >= 0;
  }

  #forgetOldMatches(): void {
    const excess = this.length - MATCHES_MAX;
    if (excess <= 0) return;
    const fromPast = Math.min(excess, this.#past.length);
    this.#past.length -= fromPast;
    this.#recent = this.#recent.slice(excess - fromPast);
  }
}

/** How many events of a list, newest first, are newer than `seq`: the index of that event if the list has it. */
export function countNewer(newestFirst: EventHistory, seq: number): number {
  let low = 0;
  let high = newestFirst.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((newestFirst.at(middle)?.seq ?? 0) > seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the first event in the history whose seq is above `seq`; its length when there is none. */
function firstAfter(history: EventHistory, seq: number): number {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((history.at(middle)?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
