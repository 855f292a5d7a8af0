/** Who may try to come in: bounds on connections, and a pause for an address that keeps trying wrong codes. Pure. */

/** Machines at a time. A class has 25; each may have a second window. */
const MACHINES_MAX = 64;
/** Connections that have not yet shown that they know the code, all together and from one address. */
const HANDSHAKES_MAX = 32;
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

export class CodeAttemptLimiter {
  readonly #failures = new Map<string, Failures>();
  readonly #handshakes = new Map<string, number>();
  #handshakeCount = 0;
  #machineCount = 0;

  /** Whether a new connection from an address may begin its handshake; then `handshakeEnded` must follow. */
  admit(address: string, nowMs: number): boolean {
    const open = this.#handshakes.get(address) ?? 0;
    const isWaiting = (this.#failures.get(address)?.waitUntilMs ?? 0) > nowMs;
    if (
      isWaiting || open >= HANDSHAKES_PER_ADDRESS_MAX || this.#handshakeCount >= HANDSHAKES_MAX
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
