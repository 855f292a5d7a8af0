/** A node's rhythm: when its turns run, how many ticks have passed, and how it stands still when it is paused. */

/**
 * After a pause or a busy spell no more ticks than these are made up for: lost time is no evidence of a lost leader.
 */
const LATE_TICKS_MAX = 3;

export interface NodeLoopOptions {
  readonly tickMs: number;
  /** One Int32; while it is not 0 the thread stands still. */
  readonly pauseFlag: SharedArrayBuffer;
  /**
   * Takes all inputs that have gathered. Must not throw.
   * @param dueTicks ticks that have passed since the last turn
   * @param lostTicks ticks that have passed and are not made up for
   */
  readonly turn: (dueTicks: number, lostTicks: number) => void;
  /** The thread is about to stand still. */
  readonly beforePause: () => void;
  /**
   * The thread stood still when its turn came: what the lab said meanwhile is to be taken before anything is sent, so
   * that nothing goes over a link that is cut by now. Must not throw.
   */
  readonly afterPause: () => void;
}

export class NodeLoop {
  readonly #options: NodeLoopOptions;
  readonly #pauseFlag: Int32Array;
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

  /**
   * Lets a turn run after the datagrams that are waiting in the kernel have been read: what arrives together is stepped
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
   * Stands still while the flag says so; datagrams pile up in the kernel meanwhile, as at a stopped process.
   * @returns whether it stood still
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
      const passedTicks = Math.floor((performance.now() - this.#lastTickAtMs) / this.#tickMs);
      this.#lastTickAtMs += passedTicks * this.#tickMs;
      const dueTicks = Math.min(passedTicks, LATE_TICKS_MAX);
      this.#options.turn(dueTicks, passedTicks - dueTicks);
    }
  }
}
