/**
 * Lets proposals gather while a batch before them is on its way: one batch a round trip costs one write on each disk
 * and one datagram a follower, however many clients there are (dissertation §10.2.2, batching).
 */

/** No longer than this, so that slow links and disks have several batches under way. */
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
   * To be asked each turn.
   * @param isUnderWay whether entries of this leader wait for their commit
   * @returns whether what has gathered is to be proposed now
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
