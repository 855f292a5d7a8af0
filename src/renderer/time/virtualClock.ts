/** The virtual time of a simulated lab between two messages about it: it goes on at the lab's speed while it runs. */

/** How far it goes on by itself: a lab that says nothing for so long has trouble, and its picture waits. */
const ALONE_MS_MAX = 1000;

/** What the lab tells of its time. */
export interface ToldTime {
  readonly atMs: number;
  readonly speed: number;
  readonly runs: boolean;
}

/** All `wallMs` are by one clock of the machine that never goes back. */
export class VirtualClock {
  #told: ToldTime = { atMs: 0, speed: 1, runs: false };
  #toldAtWallMs = 0;
  /** The latest moment that was shown: a picture of time that runs never goes back a little. */
  #shownMs = 0;

  tell(told: ToldTime, wallMs: number): void {
    const wasAheadMs = this.nowMs(wallMs) - told.atMs;
    const goesOn = told.runs && this.#told.runs;
    this.#told = told;
    this.#toldAtWallMs = wallMs;
    const isSlip = goesOn && wasAheadMs > 0 && wasAheadMs <= ALONE_MS_MAX * told.speed;
    this.#shownMs = isSlip ? told.atMs + wasAheadMs : told.atMs;
  }

  /** The present moment in virtual milliseconds. */
  nowMs(wallMs: number): number {
    const { atMs, speed, runs } = this.#told;
    if (!runs) return atMs;
    const aloneMs = Math.min(ALONE_MS_MAX, Math.max(0, wallMs - this.#toldAtWallMs));
    this.#shownMs = Math.max(this.#shownMs, atMs + aloneMs * speed);
    return this.#shownMs;
  }

  /** Virtual milliseconds for each of the machine's: 0 while time is held. */
  get rate(): number {
    return this.#told.runs ? this.#told.speed : 0;
  }
}
