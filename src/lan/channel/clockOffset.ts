/**
 * How far another machine's clock is from this one's, from round trips (as NTP does, RFC 5905 §8): the trip that took
 * least tells most, because the error is at most half of it.
 */

/** Round trips that are remembered: half a minute of pulses. */
const TRIPS_MAX = 30;
/** What two measurements may differ beyond their own uncertainty before a clock is taken to have been set. */
const TOLERANCE_MS = 20;

interface Trip {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

export class ClockOffset {
  #trips: Trip[] = [];

  /** The other machine's clock less this one's, in milliseconds; 0 before anything was measured. */
  get ms(): number {
    return this.#best?.offsetMs ?? 0;
  }

  /**
   * Takes one round trip.
   * @param theirMs their clock when they answered
   * @param nowMs this machine's clock when the answer came
   */
  take(theirMs: number, nowMs: number, roundTripMs: number): void {
    const trip = { offsetMs: theirMs - (nowMs - roundTripMs / 2), roundTripMs };
    const best = this.#best;
    const uncertaintyMs = (roundTripMs + (best?.roundTripMs ?? 0)) / 2 + TOLERANCE_MS;
    if (best !== undefined && Math.abs(trip.offsetMs - best.offsetMs) > uncertaintyMs) {
      this.#trips = []; // one of the clocks was set: what was measured before holds no longer
    }
    this.#trips.push(trip);
    this.#trips.splice(0, this.#trips.length - TRIPS_MAX);
  }

  get #best(): Trip | undefined {
    let best: Trip | undefined;
    for (const trip of this.#trips) {
      if (best === undefined || trip.roundTripMs < best.roundTripMs) best = trip;
    }
    return best;
  }
}

/**
 * Puts the times of one node's events, which are on its machine's clock, on this machine's. They never go back, and
 * none is later than now.
 */
export class EventTimes {
  #lastMs = 0;

  /** @param offsetMs the node's clock less this one's */
  here(theirMs: number, offsetMs: number, nowMs: number): number {
    // Where this machine's own clock is set back, "now" comes before what was told last.
    this.#lastMs = Math.min(nowMs, Math.max(this.#lastMs, theirMs - offsetMs));
    return this.#lastMs;
  }
}
