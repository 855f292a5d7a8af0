/** Watches the network interface on which a lab is open: its address may change or be lost. */
import { isSelfAssignedAddress, lanInterfaces } from './interfaces.ts';
import type { LanInterface } from './interfaces.ts';

/** Node and some systems do not report a new address; asking costs less than a millisecond. */
const PERIOD_MS = 2000;

/**
 * The present place of a lab that is open on one interface. A lab stays on its interface, because its host chose that
 * network.
 * @param found the machine's interfaces as they are now
 * @returns undefined while the interface has no address from the network
 */
export function presentPlace(by: LanInterface, found: readonly LanInterface[]): LanInterface | undefined {
  const same = found.find(({ name, address }) => name === by.name && address === by.address);
  return same ?? found.find(({ name, address }) => name === by.name && !isSelfAssignedAddress(address));
}

export class AddressWatch {
  readonly #move: (to: LanInterface) => Promise<void>;
  readonly #look: () => readonly LanInterface[];
  readonly #timer: NodeJS.Timeout;
  #by: LanInterface;
  #isMoving = false;

  /**
   * Watches until it is closed.
   * @param move takes the lab to another address. If it fails, it is called again later
   * @param look how to find the machine's interfaces
   */
  constructor(
    by: LanInterface, move: (to: LanInterface) => Promise<void>, look: () => readonly LanInterface[] = lanInterfaces,
  ) {
    this.#by = by;
    this.#move = move;
    this.#look = look;
    this.#timer = setInterval(() => void this.#check(), PERIOD_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    const to = presentPlace(this.#by, this.#look());
    if (this.#isMoving || to === undefined || (to.address === this.#by.address && to.netmask === this.#by.netmask)) {
      return;
    }
    this.#isMoving = true;
    try {
      await this.#move(to);
      this.#by = to;
    } catch {
      // An address may disappear before anything is bound to it; `move` has reported why, and is tried again.
    } finally {
      this.#isMoving = false;
    }
  }
}
