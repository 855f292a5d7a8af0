/**
 * Lets proposals gather while the batch before them is on its way. One batch per round trip costs one write on each
 * disk and one datagram per follower, however many clients there are (dissertation §10.2.2, batching).
 */
import type { Clock, Pacemaker, Timer } from '../world.ts';

/** The longest time to gather, so that slow links and disks have several batches under way. */
export const GATHERING_MS_MAX = 2;

export class ProposalGathering {
  readonly #clock: Clock;
  readonly #pacemaker: Pick<Pacemaker, 'schedule'>;
  #beganAtMs: number | undefined;
  #timer: Timer | undefined;

  /** @param pacemaker is asked for a turn when the gathering is over */
  constructor(clock: Clock, pacemaker: Pick<Pacemaker, 'schedule'>) {
    this.#clock = clock;
    this.#pacemaker = pacemaker;
  }

  /**
   * Must be called each turn.
   * @param isUnderWay whether entries of this leader wait for their commit
   * @returns whether the gathered proposals should be proposed now
   */
  isOver(isUnderWay: boolean): boolean {
    const nowMs = this.#clock.nowMs();
    this.#beganAtMs ??= nowMs;
    if (isUnderWay && nowMs - this.#beganAtMs < GATHERING_MS_MAX) {
      this.#timer ??= this.#clock.after(GATHERING_MS_MAX, () => {
        this.#timer = undefined;
        this.#pacemaker.schedule();
      });
      return false;
    }
    this.#beganAtMs = undefined;
    return true;
  }

  /** The node ends. */
  close(): void {
    this.#timer?.cancel();
  }
}
