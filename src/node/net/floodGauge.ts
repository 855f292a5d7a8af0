/** Tells when datagrams from strangers come so fast that receiving them keeps a node from its work. */

/** 2000 a second: a thread receives them at little cost. They are counted in short intervals, to see a flood soon. */
const FLOOD_DATAGRAMS = 200;
const FLOOD_MS = 100;

export class FloodGauge {
  #strangers = 0;
  #sinceMs = performance.now();

  /** Counts one more datagram. @returns whether they come as a flood */
  count(): boolean {
    this.#strangers += 1;
    if (this.#strangers < FLOOD_DATAGRAMS) {
      return false;
    }
    const nowMs = performance.now();
    const isFlood = nowMs - this.#sinceMs <= FLOOD_MS;
    this.#strangers = 0;
    this.#sinceMs = nowMs;
    return isFlood;
  }
}
