/**
 * How many datagrams are looked at that come from where no node is known to be. To open a seal takes time, and anybody
 * on a LAN can send what looks sealed: beyond the bound such datagrams are counted unread, so that a flood costs no
 * more than to receive it. A node that has moved is still found, because some are always looked at.
 */
const LOOKED_AT_PER_TICK = 16;

export class Strangers {
  #seen = 0;

  /** A tick is over: as many again may be looked at. */
  tick(): void {
    this.#seen = 0;
  }

  /** Whether one more may be looked at. */
  admit(): boolean {
    this.#seen += 1;
    return this.#seen <= LOOKED_AT_PER_TICK;
  }
}
