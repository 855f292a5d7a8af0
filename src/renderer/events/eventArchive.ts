/** The events that the list can show, and those of them that pass its filter: newest first, in bounded memory. */
import type { TraceEvent } from '../../trace/events.ts';
import { EventRing, firstAfter } from '../stores/eventRing.ts';
import type { EventHistory } from '../stores/eventRing.ts';
import { isRoutine } from './eventKinds.ts';
import { EventFolder } from './eventParts.ts';
import type { ListedEvent } from './eventParts.ts';

export type EventTest = (event: ListedEvent) => boolean;

/**
 * Messages and timers are kept apart from the rest: at the fast pace they come by the thousand, and would push an
 * election out of a common ring within seconds.
 */
const STORY_EVENTS_MAX = 5000;
export const ROUTINE_EVENTS_MAX = 5000;
export const MATCHES_MAX = STORY_EVENTS_MAX + ROUTINE_EVENTS_MAX;
/** How many events of the past one call of `searchPast` looks at: a few milliseconds with a text filter. */
export const PAST_EVENTS_A_SLICE = 1000;

const byTime = (a: TraceEvent, b: TraceEvent): number => a.atMs - b.atMs;

/**
 * What comes in after a change of the filter is tested as it comes (`follow`); what was there before is tested from the
 * newest to the oldest in slices (`searchPast`), so that no filter blocks a frame.
 *
 * Each node reports its events in batches of its own, so the lab learns of them in another order than they happened in.
 * Matches stand in the order of their time as far as they came in at about the same time; beyond that they stand in the
 * order in which the lab learnt of them, because clocks of different machines differ.
 */
export class EventArchive {
  readonly #story = new EventRing<ListedEvent>(STORY_EVENTS_MAX);
  readonly #routine = new EventRing(ROUTINE_EVENTS_MAX);
  readonly #folder = new EventFolder();
  #test: EventTest;
  /** Matches that came in since the filter was set, oldest first. */
  #recent: ListedEvent[] = [];
  /** Where in `#recent` those begin that the next ones may still have to be put between. */
  #unsettledFrom = 0;
  /** Matches from before, newest first. */
  #past: ListedEvent[] = [];
  /** The newest seq that was followed; 0 before the first event. */
  #followedSeq = 0;
  /** Everything below this seq is still to be searched. */
  #searchedFromSeq = 1;
  /** From these on, all events of the story and of the routine are kept: what came before was pushed out. */
  #storyFromSeq = 0;
  #routineFromSeq = 0;

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
  at(index: number): ListedEvent | undefined {
    const recent = this.#recent.length;
    return index < recent ? this.#recent[recent - 1 - index] : this.#past[index - recent];
  }

  /** The newest seq that was taken in: what comes from now on is above it. */
  get followedSeq(): number {
    return this.#followedSeq;
  }

  /**
   * The seq from which on everything is kept, so that older events have to be asked of the lab; 0 before the first
   * event.
   * @param withRoutine whether messages and timers are wanted too, which are let go of earlier
   */
  knownFromSeq(withRoutine: boolean): number {
    return withRoutine ? Math.max(this.#storyFromSeq, this.#routineFromSeq) : this.#storyFromSeq;
  }

  /** The matches that had come in by the time when `followedSeq` was this, newest first. */
  matchesUpTo(followedSeq: number): ListedEvent[] {
    return [...this.#recent.toReversed(), ...this.#past].filter((event) => event.seq <= followedSeq);
  }

  /** How many matches have come in since `followedSeq` was this. */
  countSince(followedSeq: number): number {
    const isNew = (event: TraceEvent): boolean => event.seq > followedSeq;
    return this.#recent.filter(isNew).length + this.#past.filter(isNew).length;
  }

  /** Forgets everything: another lab was opened. */
  clear(): void {
    this.#story.clear();
    this.#routine.clear();
    this.#folder.clear();
    this.#forgetMatches();
    this.#followedSeq = 0;
    this.#searchedFromSeq = 1;
    this.#storyFromSeq = 0;
    this.#routineFromSeq = 0;
  }

  /** Another filter: no matches for now, until `searchPast` and `follow` find them. */
  setTest(test: EventTest): void {
    this.#test = test;
    this.#forgetMatches();
    this.#searchedFromSeq = this.#followedSeq + 1;
  }

  /** Takes in what the history has gained since the last call. */
  follow(history: EventHistory): void {
    const before = this.#recent.length;
    for (let index = firstAfter(history, this.#followedSeq); index < history.length; index += 1) {
      const event = history.at(index);
      if (event !== undefined) this.#takeIn(event);
    }
    this.#recent.push(...this.#recent.splice(this.#unsettledFrom).sort(byTime));
    this.#unsettledFrom = before;
    this.#forgetOldMatches();
  }

  /** Searches the next slice of the past; false when nothing is left to search. */
  searchPast(): boolean {
    let story = firstAfter(this.#story, this.#searchedFromSeq - 1) - 1;
    let routine = firstAfter(this.#routine, this.#searchedFromSeq - 1) - 1;
    const found: ListedEvent[] = [];
    for (let looked = 0; looked < PAST_EVENTS_A_SLICE; looked += 1) {
      const storySeq = this.#story.at(story)?.seq ?? 0;
      const routineSeq = this.#routine.at(routine)?.seq ?? 0;
      const event = storySeq > routineSeq ? this.#story.at(story--) : this.#routine.at(routine--);
      if (event === undefined) break;
      if (this.#test(event)) found.push(event);
      this.#searchedFromSeq = event.seq;
    }
    this.#past.push(...found.reverse().sort(byTime).reverse());
    return story >= 0 || routine >= 0;
  }

  #takeIn(event: TraceEvent): void {
    this.#followedSeq = event.seq;
    const row = this.#folder.fold(event, this.#storyFromSeq);
    if (row !== null) {
      this.#replace(row);
      return;
    }
    if (this.#storyFromSeq === 0) this.#storyFromSeq = this.#routineFromSeq = event.seq;
    if (isRoutine(event)) {
      const forgotten = this.#routine.push(event);
      if (forgotten !== undefined) this.#routineFromSeq = forgotten.seq + 1;
    } else {
      const forgotten = this.#story.push(event);
      if (forgotten !== undefined) this.#storyFromSeq = forgotten.seq + 1;
    }
    if (this.#test(event)) this.#recent.push(event);
  }

  /** An earlier event has taken in another. */
  #replace(row: ListedEvent): void {
    this.#story.replace(firstAfter(this.#story, row.seq - 1), row);
    const isRow = ({ seq }: ListedEvent): boolean => seq === row.seq;
    const recent = this.#recent.findLastIndex(isRow);
    const past = recent === -1 ? this.#past.findIndex(isRow) : -1;
    if (recent !== -1) this.#recent[recent] = row;
    else if (past !== -1) this.#past[past] = row;
    else if (row.parts !== undefined && this.#test(row)) this.#recent.push(row); // a part has the words looked for
  }

  #forgetMatches(): void {
    this.#recent = [];
    this.#past = [];
    this.#unsettledFrom = 0;
  }

  #forgetOldMatches(): void {
    const excess = this.length - MATCHES_MAX;
    if (excess <= 0) return;
    const fromPast = Math.min(excess, this.#past.length);
    const fromRecent = excess - fromPast;
    this.#past.length -= fromPast;
    this.#recent.splice(0, fromRecent);
    this.#unsettledFrom = Math.max(0, this.#unsettledFrom - fromRecent);
  }
}
