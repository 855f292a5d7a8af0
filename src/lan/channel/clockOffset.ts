/**
 * How far another machine's clock is from this one's, from round trips (as NTP does, RFC 5905 §8): the shortest trip is
 * the most accurate, because the error is at most half of it.
 */

/** Round trips that are remembered: half a minute of pulses. */
const TRIPS_MAX = 30;
/** If two measurements differ by more than this beyond their uncertainty, a clock has been set. */
const TOLERANCE_MS = 20;

interface Trip {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

export class ClockOffset {
  #trips: Trip[] = [];

  /** The other machine's clock minus this one's, in milliseconds; 0 before anything was measured. */
  get ms(): number {
    return this.#best?.offsetMs ?? 0;
  }

  /**
   * Adds one round trip.
   * @param theirMs their clock when they answered
   * @param nowMs this machine's clock when the answer came
   */
  take(theirMs: number, nowMs: number, roundTripMs: number): void {
    const trip = { offsetMs: theirMs - (nowMs - roundTripMs / 2), roundTripMs };
    const best = this.#best;
    const uncertaintyMs = (roundTripMs + (best?.roundTripMs ?? 0)) / 2 + TOLERANCE_MS;
    if (best !== undefined && Math.abs(trip.offsetMs - best.offsetMs) > uncertaintyMs) {
      this.#trips = []; // one of the clocks was set: earlier measurements are no longer valid
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
 * Converts the times of one node's events from its machine's clock to this machine's. The results never go back and are
 * never later than now.
 */
export class EventTimes {
  #lastMs = 0;

  /** @param offsetMs the node's clock minus this one's */
  here(theirMs: number, offsetMs: number, nowMs: number): number {
    // If this machine's own clock is set back, "now" is before the last time that was returned.
    this.#lastMs = Math.min(nowMs, Math.max(this.#lastMs, theirMs - offsetMs));
    return this.#lastMs;
  }
}
