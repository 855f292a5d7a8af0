/** Watches the network interface by which a lab is open: it may get another address, or lose the one that it had. */
import { isSelfAssignedAddress, lanInterfaces } from './interfaces.ts';
import type { LanInterface } from './interfaces.ts';

/** Neither Node nor every system tells of a new address by itself; asking costs less than a millisecond. */
const PERIOD_MS = 2000;

/**
 * Where a lab that is open by one interface is to be found now. A lab stays on its interface: its host chose that
 * network and no other.
 * @param found the machine's interfaces as they are
 * @returns undefined while the interface has no address from the network: then there is nowhere to go
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
   * @param move takes the lab to another address. Where it fails it is called again after a while
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
      // An address may go again before anything is bound to it; `move` has told why, and is tried again.
    } finally {
      this.#isMoving = false;
    }
  }
}
