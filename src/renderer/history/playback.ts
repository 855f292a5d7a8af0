/** Recorded events that are played: which of them are due as time goes on, with idle time folded. Pure. */
import type { TraceEvent } from '../../trace/events.ts';

/** A longer time in which nothing happens counts as this much. */
export const IDLE_SHOWN_MS = 2000;
/** More is read when fewer events than this wait. */
const WAITING_LEAST = 500;

export class Playback {
  #atMs: number;
  #waiting: TraceEvent[] = [];
  #next = 0;
  #lastSeq: number;
  #lastMs: number;
  #isWhole = false;

  /** @param seq the event after which it begins; `atMs` is that moment or a later one */
  constructor(seq: number, atMs: number) {
    this.#lastSeq = seq;
    this.#atMs = atMs;
    this.#lastMs = atMs;
  }

  get atMs(): number {
    return this.#atMs;
  }

  /** After which event more must be read now; null: enough wait. */
  get wantedAfterSeq(): number | null {
    if (this.#isWhole || this.#waiting.length - this.#next >= WAITING_LEAST) return null;
    return this.#waiting.at(-1)?.seq ?? this.#lastSeq;
  }

  /** Whether all that is recorded was played. */
  get isOver(): boolean {
    return this.#isWhole && this.#next === this.#waiting.length;
  }

  /** Takes the events that follow; none: there are no more. */
  add(page: readonly TraceEvent[]): void {
    this.#isWhole = page.length === 0;
    this.#waiting = [...this.#waiting.slice(this.#next), ...page];
    this.#next = 0;
  }

  /**
   * Time goes on by so much of the recording's time, but never beyond what was read.
   * @returns the events that are due
   */
  goOn(byMs: number): readonly TraceEvent[] {
    const targetMs = this.#atMs + byMs;
    const from = this.#next;
    for (let event = this.#waiting[from]; event !== undefined && event.atMs <= targetMs;) {
      this.#lastSeq = event.seq;
      this.#lastMs = Math.max(this.#lastMs, event.atMs);
      this.#next += 1;
      event = this.#waiting[this.#next];
    }
    const coming = this.#waiting[this.#next];
    if (coming === undefined) this.#atMs = this.#lastMs;
    else if (coming.atMs - this.#lastMs > IDLE_SHOWN_MS) this.#atMs = Math.max(targetMs, coming.atMs - IDLE_SHOWN_MS);
    else this.#atMs = targetMs;
    return this.#waiting.slice(from, this.#next);
  }
}
