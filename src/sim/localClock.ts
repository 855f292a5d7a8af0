/** A server's own clock, which may run too fast or too slow. */
import type { Micros, Schedule } from './schedule.ts';

export class LocalClock {
  readonly #schedule: Schedule;
  #factor = 1;
  /** What it showed when its speed changed last, and when that was. */
  #sinceMs = 0;
  #sinceMicros: Micros = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** The length of its milliseconds: above 1 the clock is slow. */
  get factor(): number {
    return this.#factor;
  }

  set factor(factor: number) {
    this.#sinceMs = this.nowMs;
    this.#sinceMicros = this.#schedule.now;
    this.#factor = factor;
  }

  get nowMs(): number {
    return this.#sinceMs + (this.#schedule.now - this.#sinceMicros) / (1000 * this.#factor);
  }

  /** How long it takes until the clock has gone on by that much. */
  microsOf(ms: number): Micros {
    return Math.round(1000 * ms * this.#factor);
  }
}
