/** How the doors of the open lab's nodes are to be, and changing it. */
import { isSameDoor } from '../trace/door.ts';
import type { DoorSettings } from '../trace/door.ts';
import type { LabEvent } from '../trace/events.ts';
import type { DoorOrder } from './nodes/doorMemory.ts';
import type { LabNodes } from './nodes/labNodes.ts';

export interface LabDoorHost {
  readonly nodes: LabNodes;
  /** The password for doors on the LAN; undefined while the lab is not open to it. */
  readonly password: () => string | undefined;
  readonly record: (event: LabEvent) => void;
  /** Writes lab.json; a failure is reported, not thrown. */
  readonly save: () => Promise<void>;
}

export class LabDoor {
  readonly #host: LabDoorHost;
  #now: DoorSettings;

  constructor(door: DoorSettings, host: LabDoorHost) {
    this.#now = door;
    this.#host = host;
  }

  get now(): DoorSettings {
    return this.#now;
  }

  /** What a node that starts now does with its door. */
  get order(): DoorOrder {
    const { isOpen, redirects, onLan } = this.#now;
    const password = this.#host.password();
    if (!isOpen) return null;
    return onLan && password !== undefined ? { redirects, onLan, password } : { redirects, onLan: false };
  }

  /** All nodes learn of it at once; one that is away or paused, when it is back. */
  async set(door: DoorSettings): Promise<void> {
    if (isSameDoor(this.#now, door)) {
      return;
    }
    this.#now = door;
    this.#host.record({ type: 'doorChanged', door });
    this.tell();
    await this.#host.save();
  }

  /** Tells the nodes again: the lab's password has changed. */
  tell(): void {
    for (const node of this.#host.nodes.all) {
      node.tellOfDoor();
    }
  }
}
