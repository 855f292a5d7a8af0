/** A client that sends bytes and shows the bytes that come back. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Door } from '../../../src/gateway/door.ts';
import type { DoorOptions } from '../../../src/gateway/door.ts';
import type { DoorNode } from '../../../src/gateway/doorNode.ts';

/** A door on a free port. It is closed with `close`. */
export function openDoor(node: DoorNode, options: Partial<DoorOptions> = {}): Promise<Door> {
  return Door.open(node, {
    address: '127.0.0.1',
    preferredPort: 0,
    password: null,
    redirects: false,
    timeoutMs: () => 2000,
    wallMs: () => 1_700_000_000_123.5,
    ...options,
  });
}

export class RawClient {
  readonly socket: Socket;
  #received = '';
  #isClosed = false;
  #check: () => void = () => undefined;

  static async open({ address, port }: { readonly address: string; readonly port: number }): Promise<RawClient> {
    const socket = connect(port, address);
    socket.setNoDelay(true);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#check();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
      this.#check();
    });
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** What came since the last call, as soon as that is so long, or all of it when the door has closed. */
  async read(length: number): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#check = () => {
        if (this.#isClosed || this.#received.length >= length) {
          resolve();
        }
      };
      this.#check();
    });
    const text = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return text;
  }

  /** All that comes until the door closes the connection. */
  rest(): Promise<string> {
    return this.read(Infinity);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A command as clients send it. */
export function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
