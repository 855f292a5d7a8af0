/** How long an answer takes to come, and so how long to wait for one (RFC 6298). */

/** Before anything was measured. */
const TIMEOUT_MS_INITIAL = 100;
/** With less, a receiver that is writing to its disk would look like a lossy link. */
const TIMEOUT_MS_MIN = 25;
/** Doubling the timeout stops here, so that a cut link is tried soon after it is restored. */
const DOUBLED_TIMEOUT_MS_MAX = 500;

export class RoundTripTime {
  #smoothedMs: number | undefined;
  #variationMs = 0;
  #doublings = 0;

  /** The smoothed time; undefined before anything was measured. */
  get smoothedMs(): number | undefined {
    return this.#smoothedMs;
  }

  /** How long to wait for an answer before something counts as lost. */
  get timeoutMs(): number {
    const timeoutMs = this.#smoothedMs === undefined
      ? TIMEOUT_MS_INITIAL
      : Math.max(TIMEOUT_MS_MIN, this.#smoothedMs + 4 * this.#variationMs);
    return Math.max(timeoutMs, Math.min(timeoutMs * 2 ** this.#doublings, DOUBLED_TIMEOUT_MS_MAX));
  }

  /** An answer came `sampleMs` after the latest thing that it can answer was sent. */
  measured(sampleMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = sampleMs;
      this.#variationMs = sampleMs / 2;
    } else {
      this.#variationMs += (Math.abs(this.#smoothedMs - sampleMs) - this.#variationMs) / 4;
      this.#smoothedMs += (sampleMs - this.#smoothedMs) / 8;
    }
  }

  /** No answer came in time: wait twice as long for the next. */
  timedOut(): void {
    this.#doublings = Math.min(this.#doublings + 1, 10);
  }

  /** An answer came. */
  answered(): void {
    this.#doublings = 0;
  }
}
