/** How often something may be drawn: as often as the screen shows, or as seldom as leaves the nodes their machine. */

/** How much the latest frame counts against those before it. */
const LATEST_WEIGHT = 0.1;

export interface Pace {
  /** The part of a core that the frames may take. */
  readonly coreShare: number;
  /** Frames that cost more than `coreShare` allows at this interval are drawn all the same. */
  readonly intervalMsMax: number;
}

/** It reads no clock: whoever draws passes the time. */
export class FramePacer {
  readonly #pace: Pace;
  #costMs = 0;
  #dueMs = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** From the beginning of one frame to that of the next, on average. */
  get intervalMs(): number {
    return this.#costMs / this.#pace.coreShare;
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
    const { coreShare, intervalMsMax } = this.#pace;
    this.#costMs += (Math.min(costMs, coreShare * intervalMsMax) - this.#costMs) * LATEST_WEIGHT;
  }
}
