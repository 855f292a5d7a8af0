/** How often the page may draw: as often as the screen shows, or as seldom as leaves half a core to the nodes. */

/** The part of a core that frames may take. The events between them take theirs beside it: together half of one. */
const FRAME_SHARE = 0.4;
/** How much the latest frame counts against those before it. */
const LATEST_WEIGHT = 0.1;
/** A single frame that took longer counts as this: a picture that moves less than five times a second would be none. */
const COST_MS_MAX = 80;

/** It reads no clock: whoever draws tells it the time. */
export class FramePacer {
  #costMs = 0;
  #dueMs = 0;

  /** From the beginning of one frame to that of the next, on average. */
  get intervalMs(): number {
    return this.#costMs / FRAME_SHARE;
  }

  /** How long the next frame has to wait; zero or less: not at all. */
  waitMs(nowMs: number): number {
    return this.#dueMs - nowMs;
  }

  /**
   * A frame begins. Screens show frames at times of their own, so that one comes late: the next is due by the time at
   * which this one was, and the rate holds.
   */
  begin(nowMs: number): void {
    this.#dueMs = Math.max(this.#dueMs + this.intervalMs, nowMs);
  }

  /** A frame ended, with all that the browser did for it, after so long. */
  end(costMs: number): void {
    this.#costMs += (Math.min(costMs, COST_MS_MAX) - this.#costMs) * LATEST_WEIGHT;
  }
}
