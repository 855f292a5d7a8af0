/**
 * The ports at which a node receives: its own, and while strangers flood that, another one that only members learn of.
 *
 * Receiving a datagram costs a turn of the thread, whatever it holds. A datagram to a closed port costs the thread
 * nothing. So a node that is flooded moves: it sends from another port, members follow it there, and the flooded port
 * is closed after a while. Now and then it is opened for a check; once it is calm, the node moves back.
 * The reasons are in docs/decisions/0038.
 */
import { LabError } from '../../contract/errors.ts';
import { FloodGauge } from './floodGauge.ts';
import { DatagramSocket } from './socket.ts';

/**
 * After a move the former port stays open for this many heartbeats, so that members learn of the new port from the
 * node's datagrams even while the lab cannot tell them. It stays open at least as long as the lab needs to tell them.
 */
const FORMER_PORT_HEARTBEATS = 3;
const FORMER_PORT_MS_MIN = 300;
/** How often a port that was flooded is checked, and for how long when no flood is seen. */
const LOOK_EVERY_MS = 1000;
const LOOK_MS = 100;

export interface PortsOptions {
  readonly address: string;
  /** The port to try first; 0 or a taken one: any free port. */
  readonly preferredPort: number;
  /** @returns whether it came from an address at which no node is known to be */
  readonly onDatagram: (bytes: Uint8Array, address: string, port: number) => boolean;
  /** The system refused a datagram, at once or later. */
  readonly onSendFailed: () => void;
  /** Whether members would follow to another port. */
  readonly mayMove: () => boolean;
  /** The interval of a leader's heartbeats. */
  readonly heartbeatMs: () => number;
  /** The node now receives at another port: it left a flooded one, or is back at its own. */
  readonly onMoved: (port: number, isOwn: boolean) => void;
}

export class Ports {
  readonly #options: PortsOptions;
  #ownPort = 0;
  /** The socket that the node sends from and receives at. */
  #current: DatagramSocket | undefined;
  /** The previous socket, still open after a move. */
  #former: DatagramSocket | undefined;
  /** The node's own port while it is checked. */
  #looked: DatagramSocket | undefined;
  #isOpening = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  /** @throws {LabError} when no port is available */
  static async open(options: PortsOptions): Promise<Ports> {
    const ports = new Ports(options);
    try {
      ports.#current = await ports.#bind(options.preferredPort).catch(() => ports.#bind(0));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new LabError('internal', `no UDP port could be opened on ${options.address} (${reason})`);
    }
    ports.#ownPort = ports.port;
    return ports;
  }

  private constructor(options: PortsOptions) {
    this.#options = options;
  }

  /** The port at which the node receives now. */
  get port(): number {
    return this.#current?.port ?? 0;
  }

  send(bytes: Uint8Array, port: number, address: string): void {
    this.#current?.send(bytes, port, address);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#current?.close();
    this.#former?.close();
    this.#looked?.close();
  }

  async #bind(port: number): Promise<DatagramSocket> {
    const gauge = new FloodGauge();
    const socket = await DatagramSocket.bind({
      address: this.#options.address,
      port,
      onDatagram: (bytes, address, from) => {
        if (this.#options.onDatagram(bytes, address, from) && gauge.count()) {
          this.#onFlood(socket);
        }
      },
      onSendFailed: this.#options.onSendFailed,
    });
    return socket;
  }

  #onFlood(socket: DatagramSocket): void {
    if (socket === this.#looked) {
      this.#looked = undefined;
      socket.close();
      this.#waitToLook();
    } else if (socket === this.#current && this.#former === undefined && this.#options.mayMove()) {
      void this.#moveAway();
    }
  }

  async #moveAway(): Promise<void> {
    const socket = await this.#open(0);
    if (socket !== undefined) {
      this.#looked?.close();
      this.#looked = undefined;
      this.#moveTo(socket);
    }
  }

  /** Opens a further socket; undefined when none is available now. The caller tries again later. */
  async #open(port: number): Promise<DatagramSocket | undefined> {
    if (this.#isOpening) {
      return undefined;
    }
    this.#isOpening = true;
    const socket = await this.#bind(port).catch(() => undefined);
    this.#isOpening = false;
    if (this.#isClosed) {
      socket?.close();
      return undefined;
    }
    return socket;
  }

  #moveTo(socket: DatagramSocket): void {
    this.#former?.close();
    this.#former = this.#current;
    this.#current = socket;
    this.#after(Math.max(FORMER_PORT_MS_MIN, FORMER_PORT_HEARTBEATS * this.#options.heartbeatMs()), () => {
      this.#former?.close();
      this.#former = undefined;
      this.#waitToLook();
    });
    this.#options.onMoved(socket.port, socket.port === this.#ownPort);
  }

  #waitToLook(): void {
    if (this.port !== this.#ownPort) {
      this.#after(LOOK_EVERY_MS, () => void this.#look());
    }
  }

  async #look(): Promise<void> {
    const socket = await this.#open(this.#ownPort);
    if (socket === undefined) {
      this.#waitToLook(); // another program has the port
      return;
    }
    this.#looked = socket;
    this.#after(LOOK_MS, () => {
      this.#looked = undefined;
      this.#moveTo(socket);
    });
  }

  /** Only one timer runs at a time. */
  #after(delayMs: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, delayMs);
  }
}
