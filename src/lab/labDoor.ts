/** How the doors of the open lab's nodes are to be, and changing it. */
import { isSameDoor } from '../trace/door.ts';
import type { DoorSettings } from '../trace/door.ts';
import type { LabEvent } from '../trace/events.ts';

export interface LabDoorHost {
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

  async set(door: DoorSettings): Promise<void> {
    if (isSameDoor(this.#now, door)) {
      return;
    }
    this.#now = door;
    this.#host.record({ type: 'doorChanged', door });
    await this.#host.save();
  }
}
