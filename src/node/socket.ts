/** A node's UDP socket: bytes in, bytes out, no exception ever. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { LabError } from '../contract/errors.ts';

/** Bursts wait in the kernel while the thread commits to its disk; the system may grant less than we ask for. */
const BUFFER_BYTES = 4 * 1024 * 1024;

export interface SocketOptions {
  readonly address: string;
  /** The port to try first; 0 or a taken one: any free port. */
  readonly preferredPort: number;
  readonly onDatagram: (bytes: Uint8Array, address: string, port: number) => void;
  /** The system refused a datagram, at once or later. */
  readonly onSendFailed: () => void;
}

export class DatagramSocket {
  readonly port: number;
  readonly #socket: Socket;
  readonly #onSendFailed: () => void;
  #isOpen = true;

  /** @throws {LabError} when no port can be had */
  static async bind(options: SocketOptions): Promise<DatagramSocket> {
    let socket = await tryBind(options.address, options.preferredPort);
    if (socket instanceof Error) {
      socket = await tryBind(options.address, 0);
    }
    if (socket instanceof Error) {
      throw new LabError('internal', `no UDP port could be opened on ${options.address} (${socket.message})`);
    }
    return new DatagramSocket(socket, options);
  }

  private constructor(socket: Socket, { onDatagram, onSendFailed }: SocketOptions) {
    this.#socket = socket;
    this.#onSendFailed = onSendFailed;
    this.port = socket.address().port;
    askForBuffers(socket);
    socket.on('message', (bytes, { address, port: from }) => onDatagram(bytes, address, from));
    // On an open UDP socket an error is news about an earlier datagram (port unreachable); the socket stays usable.
    socket.on('error', onSendFailed);
  }

  /** Hands a datagram to the system, before this call returns unless its send buffer is full. */
  send(bytes: Uint8Array, port: number, address: string): void {
    if (!this.#isOpen) {
      return;
    }
    try {
      this.#socket.send(bytes, port, address, (error) => {
        if (error !== null) {
          this.#onSendFailed();
        }
      });
    } catch {
      this.#onSendFailed();
    }
  }

  close(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#socket.close();
    }
  }
}

function tryBind(address: string, port: number): Promise<Socket | Error> {
  // Addresses are numeric. Node's own lookup would answer later, and a leader's AppendEntries are to leave before its
  // write.
  const socket = createSocket({ type: 'udp4', lookup: (hostname, _options, answer) => answer(null, hostname, 4) });
  return new Promise((resolve) => {
    socket.once('error', (error) => {
      socket.close();
      resolve(error);
    });
    socket.bind(port, address, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function askForBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(BUFFER_BYTES);
    socket.setSendBufferSize(BUFFER_BYTES);
  } catch {
    // Some systems refuse instead of granting less; their default then has to do.
  }
}
