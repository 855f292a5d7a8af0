/**
 * Lets proposals gather while the batch before them is on its way. One batch per round trip costs one write on each
 * disk and one datagram per follower, however many clients there are (dissertation §10.2.2, batching).
 */

/** The longest time to gather, so that slow links and disks have several batches under way. */
export const GATHERING_MS_MAX = 2;

export class ProposalGathering {
  readonly #schedule: () => void;
  #beganAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param schedule asks for a turn */
  constructor(schedule: () => void) {
    this.#schedule = schedule;
  }

  /**
   * Must be called each turn.
   * @param isUnderWay whether entries of this leader wait for their commit
   * @returns whether the gathered proposals should be proposed now
   */
  isOver(isUnderWay: boolean): boolean {
    const nowMs = performance.now();
    this.#beganAtMs ??= nowMs;
    if (isUnderWay && nowMs - this.#beganAtMs < GATHERING_MS_MAX) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#schedule();
      }, GATHERING_MS_MAX);
      return false;
    }
    this.#beganAtMs = undefined;
    return true;
  }

  /** The node ends. */
  close(): void {
    clearTimeout(this.#timer);
  }
}
