/** Looks for a host that has moved, by the beacons of its lab, which only suggest where to try. */
import { LABS_HEARD_MAX, labTagOf, listenForLabs } from '../discovery/beacon.ts';
import type { BeaconListener, HeardLab } from '../discovery/beacon.ts';
import { lanInterfaces } from '../discovery/interfaces.ts';

/** The least time between two tries of the same place: anybody can send many beacons. */
const SAME_PLACE_AGAIN_MS = 10_000;

export interface HostPlace {
  readonly address: string;
  readonly port: number;
}

/** Chooses which of the places from beacons to try next. Pure: the caller passes the time. */
export class PlacesToTry {
  readonly #triedAtMs = new Map<string, number>();
  /** Where this machine's code was wrong: these places are not tried again until it has another code. */
  readonly #otherCodes = new Set<string>();
  /** The known place is tried after each suggested one, whatever else is heard. */
  #isKnownDue = false;

  /**
   * @param known where the host was last
   * @param heard the labs that can be heard; their number is bounded
   * @returns a place that a beacon of this lab names and that was not tried lately; undefined for none
   */
  suggested(known: HostPlace, heard: readonly HeardLab[], tag: string, nowMs: number): HostPlace | undefined {
    for (const [key, atMs] of this.#triedAtMs) {
      if (nowMs - atMs >= SAME_PLACE_AGAIN_MS) {
        this.#triedAtMs.delete(key);
      }
    }
    return heard.find((lab) => lab.tag === tag && !isSamePlace(lab, known) && !this.#triedAtMs.has(keyOf(lab))
      && !this.#otherCodes.has(keyOf(lab)));
  }

  /** Where to try next: a suggested place, or the known one. */
  next(known: HostPlace, heard: readonly HeardLab[], tag: string, nowMs: number): HostPlace {
    const place = this.#isKnownDue ? undefined : this.suggested(known, heard, tag, nowMs);
    this.#isKnownDue = place !== undefined;
    if (place === undefined) {
      return known;
    }
    this.#triedAtMs.set(keyOf(place), nowMs);
    return { address: place.address, port: place.port };
  }

  hasOtherCode(place: HostPlace): void {
    this.#otherCodes.add(keyOf(place));
    const [oldest] = this.#otherCodes;
    if (this.#otherCodes.size > LABS_HEARD_MAX && oldest !== undefined) {
      this.#otherCodes.delete(oldest);
    }
  }

  forgetOtherCodes(): void {
    this.#otherCodes.clear();
  }
}

export class HostSearch {
  readonly #places = new PlacesToTry();
  readonly #onHeard: () => void;
  #listener: BeaconListener | undefined;

  /** @param onHeard called when a lab appears during the search */
  constructor(onHeard: () => void) {
    this.#onHeard = onHeard;
  }

  /** Starts listening, if it has not started yet. */
  begin(): void {
    // If nothing can be heard, the known place is still tried.
    this.#listener ??= listenForLabs(lanInterfaces(), this.#onHeard, () => undefined);
  }

  /** Whether a beacon names a place that is worth a try. */
  hasPlace(known: HostPlace, labId: string): boolean {
    return this.#places.suggested(known, this.#heard, labTagOf(labId), performance.now()) !== undefined;
  }

  /** Where to try next. */
  next(known: HostPlace, labId: string): HostPlace {
    return this.#places.next(known, this.#heard, labTagOf(labId), performance.now());
  }

  /** This machine's code is wrong at that place. */
  hasOtherCode(place: HostPlace): void {
    this.#places.hasOtherCode(place);
  }

  /** This machine has another code now. */
  forgetOtherCodes(): void {
    this.#places.forgetOtherCodes();
  }

  /** The host is found, or the search was given up. */
  end(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  get #heard(): readonly HeardLab[] {
    return this.#listener?.labs ?? [];
  }
}

export function isSamePlace(a: HostPlace, b: HostPlace): boolean {
  return a.address === b.address && a.port === b.port;
}

function keyOf({ address, port }: HostPlace): string {
  return `${address}:${port}`;
}
