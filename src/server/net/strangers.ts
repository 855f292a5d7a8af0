/**
 * Limits how many datagrams from unknown addresses are opened. Opening a seal takes time, and anybody on a LAN can send
 * what looks sealed. Beyond the limit such datagrams are only counted, so that a flood costs no more than receiving it.
 * A node that has moved is still found, because some are always opened.
 */
const LOOKED_AT_PER_TICK = 16;

export class Strangers {
  #seen = 0;

  /** A tick is over: the count starts again. */
  tick(): void {
    this.#seen = 0;
  }

  /** Whether one more may be opened. */
  admit(): boolean {
    this.#seen += 1;
    return this.#seen <= LOOKED_AT_PER_TICK;
  }
}
