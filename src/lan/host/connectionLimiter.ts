/** Who may try to come in: bounds on connections. Pure. */

/** Machines at a time. A class has 25; each may have a second window. */
export const MACHINES_MAX = 64;
/** Connections that have not yet shown that they know the code, all together and from one address. */
export const HANDSHAKES_MAX = 32;
export const HANDSHAKES_PER_ADDRESS_MAX = 4;

/** A connection that has not shown yet that it knows the code. */
export interface Handshake {
  readonly address: string;
  /** Whether anything has come from there. */
  readonly hasSpoken: () => boolean;
  /** Ends it, because another one is to have its place. */
  readonly giveWay: () => void;
}

export class ConnectionLimiter {
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
  admit(handshake: Handshake): boolean {
    if (this.#machineCount >= MACHINES_MAX) {
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
}
