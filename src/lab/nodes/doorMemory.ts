/** What the lab knows of one node's door: where it is open, and the port that it should get again. */
import type { NodeDoorSettings } from '../../node/protocol.ts';
import type { DoorPlace } from '../../trace/door.ts';
import type { NodeTraceEvent } from '../../trace/events.ts';

/** What all nodes of the lab are told of their doors; each has a port of its own. Null: closed. */
export type DoorOrder = Omit<NodeDoorSettings, 'preferredPort'> | null;

/** The first door of n1 is at port 7001, if nobody else is there. */
const FIRST_PORT = 7000;

export class DoorMemory {
  readonly #nodeNumber: number;
  #keptPort: number;
  #place: DoorPlace | undefined;

  /** @param keptPort the port that it had last; 0 before it ever had one */
  constructor(nodeNumber: number, keptPort: number) {
    this.#nodeNumber = nodeNumber;
    this.#keptPort = keptPort;
  }

  /** For lab.json. */
  get keptPort(): number {
    return this.#keptPort;
  }

  /** Undefined while it is closed. */
  get place(): DoorPlace | undefined {
    return this.#place;
  }

  /** What the node is told. */
  settingsFor(order: DoorOrder): NodeDoorSettings | null {
    return order === null ? null : { ...order, preferredPort: this.#keptPort || FIRST_PORT + this.#nodeNumber };
  }

  /** @returns whether the events have changed what is known */
  note(events: readonly NodeTraceEvent[]): boolean {
    const last = events.findLast((event) => event.type === 'doorOpened' || event.type === 'doorClosed');
    if (last?.type === 'doorOpened') {
      this.#place = { address: last.address, port: last.port };
      this.#keptPort = last.port;
    } else if (last !== undefined) {
      this.#place = undefined;
    }
    return last !== undefined;
  }

  /** The node has ended, or begins another life. */
  closed(): void {
    this.#place = undefined;
  }
}
