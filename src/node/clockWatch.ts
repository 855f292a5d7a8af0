/** Notices that the computer slept, or that its time was set: then it is not known how much time has passed. */
import { wallMs } from './clock.ts';

interface Clocks {
  /** The wall clock, in milliseconds. */
  readonly wallMs: () => number;
  /** A clock that nobody sets; on some systems it stands still while the computer sleeps. */
  readonly monotonicMs: () => number;
}

const OWN_CLOCKS: Clocks = { wallMs, monotonicMs: () => performance.now() };

export class ClockWatch {
  readonly #clocks: Clocks;
  /** How far the wall clock was ahead of the monotonic one when it was last looked at. */
  #wallAheadMs: number;

  constructor(clocks: Clocks = OWN_CLOCKS) {
    this.#clocks = clocks;
    this.#wallAheadMs = this.#readMs();
  }

  /**
   * Whether the two clocks have moved against each other by more than `toleratedMs` since the last call, in either
   * direction. A time server's small corrections are not a jump.
   */
  hasJumped(toleratedMs: number): boolean {
    const wallAheadMs = this.#readMs();
    const movedMs = Math.abs(wallAheadMs - this.#wallAheadMs);
    this.#wallAheadMs = wallAheadMs;
    return movedMs > toleratedMs;
  }

  #readMs(): number {
    return this.#clocks.wallMs() - this.#clocks.monotonicMs();
  }
}
