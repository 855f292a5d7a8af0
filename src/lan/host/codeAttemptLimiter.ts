/** Who may try to come in: bounds on connections. Pure. */

/** Machines at a time. A class has 25; each may have a second window. */
const MACHINES_MAX = 64;
/** Connections that have not yet shown that they know the code, all together and from one address. */
const HANDSHAKES_MAX = 32;
export const HANDSHAKES_PER_ADDRESS_MAX = 4;
export class CodeAttemptLimiter {
  readonly #handshakes = new Map<string, number>();
  #handshakeCount = 0;
  #machineCount = 0;

  /** Whether a new connection from an address may begin its handshake; then `handshakeEnded` must follow. */
  admit(address: string): boolean {
    const open = this.#handshakes.get(address) ?? 0;
    if (
      open >= HANDSHAKES_PER_ADDRESS_MAX || this.#handshakeCount >= HANDSHAKES_MAX
      || this.#machineCount >= MACHINES_MAX
    ) {
      return false;
    }
    this.#handshakes.set(address, open + 1);
    this.#handshakeCount += 1;
    return true;
  }

  handshakeEnded(address: string): void {
    const open = this.#handshakes.get(address) ?? 0;
    if (open === 0) {
      throw new Error(`the handshake of ${address} ended twice`);
    }
    this.#handshakeCount -= 1;
    if (open === 1) {
      this.#handshakes.delete(address);
    } else {
      this.#handshakes.set(address, open - 1);
    }
  }

  machineEntered(): void {
    this.#machineCount += 1;
  }

  machineLeft(): void {
    this.#machineCount -= 1;
  }
}
