/** A node's loop: when its turns run, how many ticks have passed, and how it waits while it is paused. */
import { ticksToCount } from '../server/pace.ts';
import type { PassedTicks } from '../server/pace.ts';
import type { Pacemaker } from '../server/world.ts';
import { ClockWatch } from './clockWatch.ts';

/** A clock that jumps by less does not endanger a lease, which has a tick to spare (raft/lease.ts). */
const CLOCK_JUMP_TICKS = 0.5;

export interface NodeLoopOptions {
  readonly tickMs: number;
  /** One Int32; while it is not 0, the thread waits. */
  readonly pauseFlag: SharedArrayBuffer;
  /**
   * Takes all inputs that have gathered. Must not throw.
   * @param dueTicks ticks that have passed since the last turn
   * @param isTimeLost whether time has passed that is not among them, or it is not known how much has
   */
  readonly turn: (dueTicks: number, isTimeLost: boolean) => void;
  /** The thread is about to pause. */
  readonly beforePause: () => void;
  /**
   * The thread was paused when its turn came. The lab's messages from that time must be taken before anything is sent,
   * so that nothing goes over a link that has been cut. Must not throw.
   */
  readonly afterPause: () => void;
}

export class NodeLoop implements Pacemaker {
  readonly #options: NodeLoopOptions;
  readonly #pauseFlag: Int32Array;
  readonly #clockWatch = new ClockWatch();
  #tickMs: number;
  #timer: NodeJS.Timeout | undefined;
  #lastTickAtMs = 0;
  #isScheduled = false;
  #isRunning = false;

  constructor(options: NodeLoopOptions) {
    this.#options = options;
    this.#tickMs = options.tickMs;
    this.#pauseFlag = new Int32Array(options.pauseFlag);
  }

  get tickMs(): number {
    return this.#tickMs;
  }

  start(): void {
    this.#isRunning = true;
    this.#startTimer();
    this.schedule();
  }

  stop(): void {
    this.#isRunning = false;
    clearInterval(this.#timer);
  }

  setTickMs(tickMs: number): void {
    this.#tickMs = tickMs;
    if (this.#isRunning) {
      clearInterval(this.#timer);
      this.#startTimer();
    }
  }

  takeTicks(): PassedTicks {
    const passedTicks = Math.floor((performance.now() - this.#lastTickAtMs) / this.#tickMs);
    this.#lastTickAtMs += passedTicks * this.#tickMs;
    const hasJumped = this.#clockWatch.hasJumped(CLOCK_JUMP_TICKS * this.#tickMs);
    const { dueTicks, isTimeLost } = ticksToCount(passedTicks);
    return { dueTicks, isTimeLost: isTimeLost || hasJumped };
  }

  /**
   * Schedules a turn for after the datagrams that wait in the kernel have been read: what arrives together is stepped
   * together, and a heartbeat that has arrived counts before the tick that would have missed it.
   */
  schedule(): void {
    if (!this.#isScheduled && this.#isRunning) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.#runTurn();
      });
    }
  }

  /**
   * Waits while the flag says so; datagrams pile up in the kernel meanwhile, as with a stopped process.
   * @returns whether it waited
   */
  waitWhilePaused(): boolean {
    if (Atomics.load(this.#pauseFlag, 0) === 0) {
      return false;
    }
    this.#options.beforePause();
    while (Atomics.load(this.#pauseFlag, 0) !== 0) {
      Atomics.wait(this.#pauseFlag, 0, 1);
    }
    return true;
  }

  #startTimer(): void {
    this.#lastTickAtMs = performance.now();
    this.#timer = setInterval(() => this.schedule(), this.#tickMs);
  }

  #runTurn(): void {
    if (this.waitWhilePaused()) {
      this.#options.afterPause();
    }
    if (this.#isRunning) {
      const { dueTicks, isTimeLost } = this.takeTicks();
      this.#options.turn(dueTicks, isTimeLost);
    }
  }
}
