/** Events older than those that the window keeps: requested from the lab by pages and merged into the list. */
import { shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import type { Reply } from '../../contract/errors.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { EventTest } from './eventArchive.ts';
import { foldEvents } from './eventParts.ts';
import type { ListedEvent } from './eventParts.ts';

/** The most events that one request may ask for. */
export const PAGE_EVENTS = 1000;
/** More rows than anybody reads, but few enough for the window. */
export const EARLIER_ROWS_MAX = 40_000;

/**
 * `more`: there may be earlier ones. `beginning`: the lab was opened here. `gone`: the lab no longer keeps earlier
 * ones. `full`: the list has reached its limit.
 */
export type PastState = 'more' | 'loading' | 'beginning' | 'gone' | 'full' | 'failed';

/** Asks the lab for the events before a seq, oldest first. */
export type ReadPage = (beforeSeq: number, count: number) => Promise<Reply<readonly TraceEvent[]>>;

/** The growing list, newest first. */
export interface EarlierList {
  readonly rows: () => readonly ListedEvent[];
  readonly show: (rows: readonly ListedEvent[]) => void;
}

export class EarlierEvents {
  readonly state: ShallowRef<PastState> = shallowRef<PastState>('more');
  readonly #read: ReadPage;
  #beforeSeq = 1;
  #found = 0;
  /** Distinguishes answers for this list from answers for an earlier one. */
  #generation = 0;

  constructor(read: ReadPage) {
    this.#read = read;
  }

  /** Starts again: everything from `knownFromSeq` on is already in the list. */
  restart(knownFromSeq: number): void {
    this.#generation += 1;
    this.#beforeSeq = knownFromSeq;
    this.#found = 0;
    this.state.value = knownFromSeq <= 1 ? 'beginning' : 'more';
  }

  /** Reads one page, and inserts its events that pass the test into the rows. */
  async load(list: EarlierList, test: EventTest): Promise<void> {
    if (this.state.value !== 'more' && this.state.value !== 'failed') return;
    const generation = this.#generation;
    this.state.value = 'loading';
    const reply = await this.#read(this.#beforeSeq, PAGE_EVENTS);
    if (generation !== this.#generation) return;
    if (reply.ok) this.#takeIn(reply.value, list, test);
    else this.state.value = 'failed';
  }

  #takeIn(page: readonly TraceEvent[], list: EarlierList, test: EventTest): void {
    const [oldest] = page;
    const newest = page.at(-1);
    if (oldest === undefined || newest === undefined) {
      this.state.value = 'gone';
      return;
    }
    this.#beforeSeq = oldest.seq;
    const before = list.rows();
    const rows = mergeEarlier(before, foldEvents(page).filter(test), newest.seq);
    this.#found += rows.length - before.length;
    // The rows first: a caller that waits for `more` must not request the same page again.
    list.show(rows);
    this.state.value = oldest.seq <= 1 ? 'beginning' : this.#found >= EARLIER_ROWS_MAX ? 'full' : 'more';
  }
}

/**
 * Merges a page's matches into the rows. The window keeps the story longer than the routine, so some rows may already
 * be there, and others belong between them.
 * @param rows newest first
 * @param pageUpToSeq the newest seq of the page: rows above it do not change
 */
export function mergeEarlier(
  rows: readonly ListedEvent[], found: readonly ListedEvent[], pageUpToSeq: number,
): readonly ListedEvent[] {
  const above = rows.filter(({ seq }) => seq > pageUpToSeq);
  const below = rows.filter(({ seq }) => seq <= pageUpToSeq);
  const known = new Set(below.map(({ seq }) => seq));
  const earlier = [...below, ...found.filter(({ seq }) => !known.has(seq))];
  return [...above, ...earlier.sort((a, b) => b.atMs - a.atMs || b.seq - a.seq)];
}
