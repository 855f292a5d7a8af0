/** A node's UDP socket: bytes in, bytes out. Once it is bound, it never throws. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';

/** Bursts wait in the kernel while the thread commits to its disk; the system may grant less than we ask for. */
const BUFFER_BYTES = 4 * 1024 * 1024;

export interface SocketOptions {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  readonly onDatagram: (bytes: Uint8Array, address: string, port: number) => void;
  /** The system refused a datagram, at once or later. */
  readonly onSendFailed: () => void;
}

export class DatagramSocket {
  readonly port: number;
  readonly #socket: Socket;
  readonly #onSendFailed: () => void;
  #isOpen = true;

  /** @throws {Error} the system's, when the port is not available */
  static async bind(options: SocketOptions): Promise<DatagramSocket> {
    // Addresses are numeric. Node's own lookup would answer later, and a leader's AppendEntries must leave before its
    // write.
    const socket = createSocket({ type: 'udp4', lookup: (hostname, _options, answer) => answer(null, hostname, 4) });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind(options.port, options.address, () => {
        socket.removeAllListeners('error');
        resolve();
      });
    });
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

  /** Datagrams that the system holds unread are lost. */
  close(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#socket.close();
    }
  }
}

function askForBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(BUFFER_BYTES);
    socket.setSendBufferSize(BUFFER_BYTES);
  } catch {
    // Some systems refuse instead of granting less; then their default applies.
  }
}
