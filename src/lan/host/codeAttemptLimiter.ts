/** Who may try to come in: bounds on connections, and a pause for an address that keeps trying wrong codes. */

/** Machines at a time. A class has 25; each may have a second window. */
export const MACHINES_MAX = 64;
/** Connections that have not yet shown that they know the code, all together and from one address. */
export const HANDSHAKES_MAX = 32;
export const HANDSHAKES_PER_ADDRESS_MAX = 4;
/** Wrong codes from one address within a minute before it has to wait. */
export const WRONG_CODES_MAX = 5;
const WRONG_CODES_PERIOD_MS = 60_000;
/** How long it has to wait. At 5 tries a minute a code of 60 bits is safe for longer than the sun. */
export const WAIT_MS = 60_000;
/** Addresses remembered; beyond that the one that failed longest ago is forgotten. */
const ADDRESSES_MAX = 1024;

interface Failures {
  readonly atMs: number[];
  waitUntilMs: number;
}

/** A connection that has not shown yet that it knows the code. */
export interface Handshake {
  readonly address: string;
  /** Whether anything has come from there. */
  readonly hasSpoken: () => boolean;
  /** Ends it, because another one is to have its place. */
  readonly giveWay: () => void;
}

export class CodeAttemptLimiter {
  readonly #failures = new Map<string, Failures>();
  /** In the order in which they came. */
  readonly #handshakes = new Set<Handshake>();
  #machineCount = 0;

  /** How many connections and machines it counts now. */
  get held(): number {
    return this.#handshakes.size + this.#machineCount;
  }

  /**
   * Whether a new connection may begin its handshake; then `handshakeEnded` must follow. Where there is no room, an
   * older one gives way: connections that say nothing keep nobody out.
   */
  admit(handshake: Handshake, nowMs: number): boolean {
    const isWaiting = (this.#failures.get(handshake.address)?.waitUntilMs ?? 0) > nowMs;
    if (isWaiting || this.#machineCount >= MACHINES_MAX) {
      return false;
    }
    const ofAddress = this.#of(handshake.address);
    if (ofAddress.length >= HANDSHAKES_PER_ADDRESS_MAX) {
      this.#makeRoom(ofAddress);
    } else if (this.#handshakes.size >= HANDSHAKES_MAX) {
      this.#makeRoom(this.#ofGreediest());
    }
    this.#handshakes.add(handshake);
    return true;
  }

  /** Safe to call twice. */
  handshakeEnded(handshake: Handshake): void {
    this.#handshakes.delete(handshake);
  }

  #of(address: string): readonly Handshake[] {
    return [...this.#handshakes].filter((other) => other.address === address);
  }

  /** Those of the address that has the most; of several such, of the one that came first. */
  #ofGreediest(): readonly Handshake[] {
    const byAddress = new Map<string, Handshake[]>();
    for (const handshake of this.#handshakes) {
      byAddress.set(handshake.address, [...byAddress.get(handshake.address) ?? [], handshake]);
    }
    const most = Math.max(...[...byAddress.values()].map(({ length }) => length));
    return most > 1
      ? [...byAddress.values()].find(({ length }) => length === most) ?? []
      : [...this.#handshakes];
  }

  /** Whoever says nothing goes first, then whoever is at it the longest. */
  #makeRoom(among: readonly Handshake[]): void {
    const leaving = among.find((handshake) => !handshake.hasSpoken()) ?? among[0];
    if (leaving !== undefined) {
      this.#handshakes.delete(leaving);
      leaving.giveWay();
    }
  }

  machineEntered(): void {
    this.#machineCount += 1;
  }

  machineLeft(): void {
    this.#machineCount -= 1;
  }

  /** @returns how many wrong codes the address has tried lately, and whether it must wait now */
  wrongCode(address: string, nowMs: number): { readonly tries: number; readonly mustWait: boolean } {
    const failures = this.#failures.get(address) ?? { atMs: [], waitUntilMs: 0 };
    this.#failures.delete(address);
    this.#failures.set(address, failures);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > ADDRESSES_MAX && oldest !== undefined) {
      this.#failures.delete(oldest);
    }
    while (failures.atMs[0] !== undefined && nowMs - failures.atMs[0] > WRONG_CODES_PERIOD_MS) {
      failures.atMs.shift();
    }
    failures.atMs.push(nowMs);
    const tries = failures.atMs.length;
    if (tries >= WRONG_CODES_MAX) {
      failures.waitUntilMs = nowMs + WAIT_MS;
    }
    return { tries, mustWait: tries >= WRONG_CODES_MAX };
  }
}
