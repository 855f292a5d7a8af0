/** A node's door over its life: opened, changed and closed as the lab says, closed when the node ends. */
import { LabError } from '../../contract/errors.ts';
import { Door } from '../../gateway/door.ts';
import type { DoorEvent, DoorPlace } from '../../trace/door.ts';
import { LOOPBACK } from '../../trace/network.ts';
import type { NodeDoorSettings } from '../protocol.ts';
import { DoorRequests } from './doorRequests.ts';
import type { DoorRequestsOptions } from './doorRequests.ts';

export interface NodeDoorOptions extends Omit<DoorRequestsOptions, 'ownDoor'> {
  /** How long a client's command may take. */
  readonly timeoutMs: () => number;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  readonly emit: (event: DoorEvent) => void;
}

export class NodeDoor {
  readonly requests: DoorRequests;
  readonly #options: NodeDoorOptions;
  /** What the lab asked for last. */
  #wanted: NodeDoorSettings | null = null;
  /** What was done last, whether it succeeded or not. */
  #done: NodeDoorSettings | null = null;
  #door: Door | undefined;
  #isWorking = false;
  #hasEnded = false;

  constructor(options: NodeDoorOptions) {
    this.#options = options;
    this.requests = new DoorRequests({ ...options, ownDoor: () => this.#place });
  }

  /** Opens, changes or closes the door; null: it is to be closed. Never throws: an event tells what became of it. */
  set(settings: NodeDoorSettings | null): void {
    this.#wanted = settings;
    if (!this.#isWorking) {
      void this.#work();
    }
  }

  /** The door as it is, as events. */
  restated(): readonly DoorEvent[] {
    const place = this.#place;
    return place === null ? [] : [{ type: 'doorOpened', ...place }];
  }

  /** The node has ended: whoever waits gets an answer, then the connections are closed. */
  end(): void {
    this.#hasEnded = true;
    this.requests.end();
    // The connections write what they were just told in a microtask of their own, which comes first.
    queueMicrotask(() => this.#close());
  }

  get #place(): DoorPlace | null {
    return this.#door === undefined ? null : { address: this.#door.address, port: this.#door.port };
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (!this.#hasEnded && this.#wanted !== this.#done) {
      const wanted = this.#wanted;
      await this.#bring(wanted);
      this.#done = wanted;
    }
    this.#isWorking = false;
  }

  async #bring(wanted: NodeDoorSettings | null): Promise<void> {
    if (wanted === null) {
      this.#closeAsAsked();
      return;
    }
    const { redirects, onLan, password = null } = wanted;
    const address = onLan ? this.#options.address : LOOPBACK;
    // With another password, whoever was let in by the former one must show that he knows it.
    if (this.#door?.address === address && (this.#done?.password ?? null) === password) {
      this.#door.change({ redirects, password });
      return;
    }
    const preferredPort = this.#door?.port ?? wanted.preferredPort;
    this.#close();
    await this.#open({ address, preferredPort, redirects, password });
  }

  async #open(options: {
    readonly address: string; readonly preferredPort: number; readonly redirects: boolean;
    readonly password: string | null;
  }): Promise<void> {
    const { emit, timeoutMs, wallMs } = this.#options;
    try {
      if (options.address !== LOOPBACK && options.password === null) {
        throw new LabError('refused', 'a door on the LAN needs a password, and none was given');
      }
      const door = await Door.open(this.requests, { ...options, timeoutMs, wallMs });
      if (this.#hasEnded) {
        door.close();
        return;
      }
      this.#door = door;
      emit({ type: 'doorOpened', address: door.address, port: door.port });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!this.#hasEnded) emit({ type: 'doorClosed', reason: 'failed', message });
    }
  }

  #closeAsAsked(): void {
    if (this.#door !== undefined) {
      this.#close();
      this.#options.emit({ type: 'doorClosed', reason: 'off' });
    }
  }

  #close(): void {
    this.#door?.close();
    this.#door = undefined;
  }
}
