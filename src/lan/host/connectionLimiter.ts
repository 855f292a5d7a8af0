/** Who may try to come in: bounds on connections. Pure. */

/** Connected machines. A class has 25, each perhaps with a second window. */
export const MACHINES_MAX = 64;
/** Connections that have not yet shown that they know the code: in total, and from one address. */
export const HANDSHAKES_MAX = 32;
export const HANDSHAKES_PER_ADDRESS_MAX = 4;

/** A connection that has not shown yet that it knows the code. */
export interface Handshake {
  readonly address: string;
  /** Whether anything was received from it. */
  readonly hasSpoken: () => boolean;
  /** Ends it to make room for another one. */
  readonly giveWay: () => void;
}

export class ConnectionLimiter {
  /** In the order in which they came. */
  readonly #handshakes = new Set<Handshake>();
  #machineCount = 0;

  /** The number of connections and machines that it counts now. */
  get held(): number {
    return this.#handshakes.size + this.#machineCount;
  }

  /**
   * Whether a new connection may begin its handshake; then `handshakeEnded` must follow. If there is no room, an older
   * one gives way: silent connections keep nobody out.
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

  /** The handshakes of the address that has the most; among equals, of the one that came first. */
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

  /** Ends the oldest silent handshake; if all have spoken, the oldest. */
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
