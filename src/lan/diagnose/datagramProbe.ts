/** Tries datagrams between two machines before any node sends one: some firewalls and networks block only UDP. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { DatagramOpener, DatagramSealer, labDigestOf } from '../../wire/crypto.ts';
import {
  DATAGRAM_SECRET_BYTES, encodeDatagram, HEADER_BYTES, LAN_DATAGRAM_BYTES_MAX, readHeader, SEAL_BYTES,
  SEAL_START_BYTES,
} from '../../wire/index.ts';

/** Short enough that some arrive where many are lost, long enough not to burden a network. */
const SEND_PERIOD_MS = 100;
const SENT_MAX = 40;
/** As long as the longest datagram of a node, to detect a network that carries only shorter ones. */
const PAYLOAD_BYTES = LAN_DATAGRAM_BYTES_MAX - HEADER_BYTES - SEAL_BYTES;

/** The ids of the two ends in a test's datagrams; no node is involved. */
const IDS = { host: 1, machine: 2 } as const;
export type ProbeEnd = keyof typeof IDS;

/** The random secret that seals the datagrams of one test; it is sent only over the channel. */
export function newProbeSecret(): Uint8Array {
  return randomBytes(DATAGRAM_SECRET_BYTES);
}

export interface DatagramProbeOptions {
  readonly end: ProbeEnd;
  /** The address from which this machine reaches the other one. */
  readonly address: string;
  readonly labId: string;
  readonly secret: Uint8Array;
  /** A datagram of the other end has arrived, complete and correctly sealed. Called once. */
  readonly onHeard: () => void;
}

/**
 * One end of a probe. It listens at one port and sends from another. A firewall that lets in only answers would let
 * through datagrams to the sending port, but not the unsolicited datagrams of a node.
 */
export class DatagramProbe {
  readonly #options: DatagramProbeOptions;
  readonly #listening: Socket;
  readonly #sending: Socket;
  #timer: NodeJS.Timeout | undefined;
  #sendProblem: string | null = null;
  #hasHeard = false;

  /** @throws {Error} of the system when no port can be bound */
  static async open(options: DatagramProbeOptions): Promise<DatagramProbe> {
    const listening = await bound(options.address);
    try {
      return new DatagramProbe(options, listening, await bound(options.address));
    } catch (error) {
      listening.close();
      throw error;
    }
  }

  private constructor(options: DatagramProbeOptions, listening: Socket, sending: Socket) {
    this.#options = options;
    this.#listening = listening;
    this.#sending = sending;
    const opener = new DatagramOpener([options.secret], options.labId);
    const labDigest = labDigestOf(options.labId);
    const sender = IDS[options.end === 'host' ? 'machine' : 'host'];
    listening.on('message', (bytes) => {
      const header = readHeader(bytes, labDigest);
      if (!this.#hasHeard && typeof header === 'object' && header.sender === sender
        && opener.open(bytes, header) !== undefined) {
        this.#hasHeard = true;
        options.onHeard();
      }
    });
    // An error of an earlier datagram, such as an unreachable port; the test also sees that nothing arrives.
    listening.on('error', () => undefined);
    sending.on('error', () => undefined);
  }

  /** Where this end listens. */
  get port(): number {
    return this.#listening.address().port;
  }

  /** Why this machine's own system did not send a datagram; null when it sent all. */
  get sendProblem(): string | null {
    return this.#sendProblem;
  }

  /** Sends datagrams to the port where the other end listens, until the probe is closed or enough were sent. */
  sendTo(address: string, port: number): void {
    if (this.#timer !== undefined) {
      return;
    }
    const { end, labId, secret } = this.#options;
    const sender = IDS[end];
    const receiver = IDS[end === 'host' ? 'machine' : 'host'];
    const sealer = new DatagramSealer(secret, labId, sender, 1, randomBytes(SEAL_START_BYTES));
    const labDigest = labDigestOf(labId);
    let counter = 0;
    const send = (): void => {
      counter += 1;
      if (counter > SENT_MAX) {
        clearInterval(this.#timer);
        return;
      }
      const header = { sender, receiver, boot: 1, counter };
      const datagram = encodeDatagram([new Uint8Array(PAYLOAD_BYTES)], labDigest, header);
      this.#sending.send(sealer.seal(datagram, header), port, address, (error) => {
        this.#sendProblem ??= error?.message ?? null;
      });
    };
    this.#timer = setInterval(send, SEND_PERIOD_MS);
    send();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#listening.close();
    this.#sending.close();
  }
}

function bound(address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port: 0 }, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
