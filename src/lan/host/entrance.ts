/** Where an open lab is reached: its door and its beacon on one interface, whose address may change. */
import type { TLSSocket } from 'node:tls';
import { announce, labTagOf } from '../discovery/beacon.ts';
import type { LanInterface } from '../discovery/interfaces.ts';
import { Door } from '../channel/tls.ts';
import type { DoorOptions } from '../channel/tls.ts';

export interface EntranceOptions extends Pick<DoorOptions, 'key' | 'onWrongCode'> {
  readonly labId: string;
  readonly labName: string;
  readonly by: LanInterface;
  /** The TCP port to try first. */
  readonly preferredPort: number;
  readonly onSocket: (socket: TLSSocket) => void;
}

export class Entrance {
  readonly #options: EntranceOptions;
  #by: LanInterface;
  #door: Door;
  #beacon: { readonly close: () => void };
  #isClosed = false;

  /** @throws {Error} of the system when no port can be bound at that address */
  static async open(options: EntranceOptions): Promise<Entrance> {
    return new Entrance(options, await openDoor(options, options.by, options.preferredPort));
  }

  private constructor(options: EntranceOptions, door: Door) {
    this.#options = options;
    this.#by = options.by;
    this.#door = door;
    this.#beacon = this.#announce();
  }

  /** The interface on which the lab is open, as it was when it was bound. */
  get by(): LanInterface {
    return this.#by;
  }

  get port(): number {
    return this.#door.port;
  }

  /**
   * Moves to another address of the interface, or to the same address in another subnet.
   * @returns whether the address has changed, which makes connections to the old one useless
   * @throws {Error} of the system when no port can be bound there; then nothing has changed
   */
  async move(to: LanInterface): Promise<boolean> {
    const isElsewhere = to.address !== this.#by.address;
    const door = isElsewhere ? await openDoor(this.#options, to, this.port) : this.#door;
    if (this.#isClosed) {
      door.close();
      return false;
    }
    if (isElsewhere) {
      this.#door.close();
    }
    this.#door = door;
    this.#by = to;
    this.#beacon.close();
    this.#beacon = this.#announce();
    return isElsewhere;
  }

  /** Stops letting anybody in and stops the beacon. The owners of open connections close them. */
  close(): void {
    this.#isClosed = true;
    this.#beacon.close();
    this.#door.close();
  }

  #announce(): { readonly close: () => void } {
    const { labId, labName } = this.#options;
    return announce({ raftlab: 1, tag: labTagOf(labId), name: labName, port: this.port }, this.#by);
  }
}

/** Opens a door at the preferred port, or at any. */
function openDoor(options: EntranceOptions, { address }: LanInterface, preferredPort: number): Promise<Door> {
  const { key, onSocket, onWrongCode } = options;
  const openAt = (port: number): Promise<Door> => Door.open({ address, port, key, onSocket, onWrongCode });
  return openAt(preferredPort).catch(() => openAt(0));
}
