/**
 * A connection for gRPC calls, one at a time: the least work that a client can have. Node's own HTTP/2 client takes so
 * much of a core that it would be what is measured. HTTP/2 is RFC 9113, its headers are RFC 7541.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const HEAD_BYTES = 9;
const TYPE = { data: 0, headers: 1, resetStream: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
/** END_STREAM of data and headers; ACK of settings and pings. */
const FLAG_END = 1;
const FLAG_ACK = 1;
const FLAG_END_HEADERS = 4;
/** As much as a window can hold beyond what it has at first: nothing has to be granted later. */
const WINDOW_BYTES = 2 ** 31 - 1 - 65_535;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class GrpcConnection {
  readonly #socket: Socket;
  readonly #port: number;
  #received: Buffer = Buffer.alloc(0);
  #stream = -1;
  #hasMessage = false;
  #waiting: Waiting | undefined;

  /** @throws Node's error when nobody listens at the port */
  static async open(port: number): Promise<GrpcConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new GrpcConnection(socket, port);
  }

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#port = port;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
    const window = Buffer.alloc(4);
    window.writeUInt32BE(WINDOW_BYTES);
    socket.write(Buffer.concat([
      Buffer.from(PREFACE, 'latin1'), frame(TYPE.settings, 0, 0), frame(TYPE.windowUpdate, 0, 0, window),
    ]));
  }

  /** Sends one message and waits for the answer. @throws {Error} when a status comes and no message */
  call(path: string, message: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#hasMessage = false;
      this.#stream += 2;
      this.#socket.write(Buffer.concat([
        frame(TYPE.headers, FLAG_END_HEADERS, this.#stream, headersOf(path, `127.0.0.1:${this.#port}`)),
        frame(TYPE.data, FLAG_END, this.#stream, message),
      ]));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    let rest = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    while (rest.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + rest.readUIntBE(0, 3);
      if (rest.length < end) {
        break;
      }
      this.#take(rest.readUInt8(3), rest.readUInt8(4), rest.subarray(HEAD_BYTES, end));
      rest = rest.subarray(end);
    }
    this.#received = rest;
  }

  #take(type: number, flags: number, payload: Buffer): void {
    switch (type) {
      case TYPE.data:
        this.#hasMessage ||= payload.length > 0;
        return;
      case TYPE.headers:
        // A call of one answer that fails has a status and no message, so the status need not be decoded.
        if ((flags & FLAG_END) === 0) return;
        if (this.#hasMessage) this.#waiting?.resolve();
        else this.#fail(new Error('the call was answered with a status and no message'));
        return;
      case TYPE.settings:
      case TYPE.ping:
        if ((flags & FLAG_ACK) === 0) {
          this.#socket.write(frame(type, FLAG_ACK, 0, type === TYPE.ping ? payload : undefined));
        }
        return;
      case TYPE.resetStream:
      case TYPE.goAway:
        this.#fail(new Error('the server ended the call'));
        return;
      default: // windows are never full, and nothing else asks for anything
    }
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
  }
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Names and whole fields by their number in the static table (RFC 7541, appendix A); nothing is to be remembered. */
function headersOf(path: string, authority: string): Buffer {
  return Buffer.concat([
    Buffer.from([0x83, 0x86]), // :method POST, :scheme http
    Buffer.from([0x04]), textOf(path), // :path
    Buffer.from([0x01]), textOf(authority), // :authority
    Buffer.from([0x0f, 31 - 15]), textOf('application/grpc'), // content-type
    Buffer.from([0x00]), textOf('te'), textOf('trailers'),
  ]);
}

/** At most 126 characters: then the length is one byte, and no bit says that the text is compressed. */
function textOf(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
}
