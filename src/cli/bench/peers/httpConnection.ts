/** A keep-alive HTTP/1.1 connection for JSON requests, one at a time: the least work that a client can have. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const HEADER_END = '\r\n\r\n';
const SUCCESS = 'HTTP/1.1 200 ';

interface Waiting {
  readonly resolve: (body: string) => void;
  readonly reject: (error: Error) => void;
}

export class HttpConnection {
  readonly #socket: Socket;
  readonly #head: string;
  #received = '';
  #waiting: Waiting | undefined;

  /** @throws Node's error when nobody listens at the port */
  static async open(port: number): Promise<HttpConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new HttpConnection(socket, port);
  }

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#head = `HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: `;
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text) => this.#receive(String(text)));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  /** Sends one request and waits for its answer. @throws {Error} when the answer is not 200 or none comes */
  post(path: string, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(`POST ${path} ${this.#head}${body.length}${HEADER_END}${body}`, 'latin1');
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Answers have a Content-Length: the gateway writes each in one piece. */
  #receive(text: string): void {
    this.#received += text;
    const headerEnd = this.#received.indexOf(HEADER_END);
    if (headerEnd < 0) {
      return;
    }
    const header = this.#received.slice(0, headerEnd);
    const length = /^content-length: (\d+)/im.exec(header)?.[1];
    if (length === undefined || !header.startsWith(SUCCESS)) {
      this.#fail(new Error(`not the answer that was expected: ${this.#received.slice(0, 300)}`));
      return;
    }
    const bodyStart = headerEnd + HEADER_END.length;
    if (this.#received.length >= bodyStart + Number(length)) {
      const body = this.#received.slice(bodyStart);
      this.#received = '';
      this.#waiting?.resolve(body);
    }
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
  }
}
