/** A far end that says whatever a test wants: frames by hand, over real TLS. */
import { randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { encodeFrame, FrameReader } from '../../src/lan/channel/frames.ts';
import { Door, knock } from '../../src/lan/channel/tls.ts';
import { MachineKey, newPrivateKey } from '../../src/lan/identity/machineKey.ts';

/** What a host says to a hello, but for the proof of who it is. */
const GREETING = { type: 'welcome', labId: 'lab-a', labName: 'Room 12', hostName: 'teacher', clockMs: 0 } as const;

export interface Said {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One connection: what the other side says is kept until it is asked for, and its pulse is answered. */
export class RawPeer {
  /** Whose proof of identity is bound to it. */
  readonly socket: TLSSocket;
  readonly #reader = new FrameReader();
  readonly heard: Said[] = [];
  readonly #waiting = new Set<() => void>();
  isClosed = false;

  constructor(socket: TLSSocket) {
    this.socket = socket;
    this.#reader.takeLongFrames();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.#look();
    });
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** All messages in one write. */
  say(...messages: readonly unknown[]): void {
    this.write(Buffer.concat(messages.map((message) => frameOf(['message', message]))));
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Closes after what was said. */
  end(): void {
    this.socket.end();
  }

  /** The next message of a kind. @throws {Error} when the other side closes before it */
  async next(type: string): Promise<Said> {
    for (;;) {
      const at = this.heard.findIndex((message) => message.type === type);
      const [said] = at < 0 ? [] : this.heard.splice(at, 1);
      if (said !== undefined) {
        return said;
      }
      if (this.isClosed) {
        throw new Error(`closed before ${type}`);
      }
      await this.#change();
    }
  }

  /** Resolves when the other side has closed. */
  async closed(): Promise<void> {
    while (!this.isClosed) {
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #look(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    waiting.forEach((resolve) => resolve());
  }

  #take(chunk: Buffer): void {
    this.#reader.take(chunk);
    for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
      const [kind, content] = frame.message as readonly [string, unknown];
      if (kind === 'ping') {
        this.write(frameOf(['pong', content, Date.now()]));
      } else if (kind === 'message') {
        this.heard.push(content as Said);
      }
    }
    this.#look();
  }
}

export function frameOf(content: unknown): Buffer {
  const frame = encodeFrame(content);
  if (frame === undefined) {
    throw new Error('too long for a frame');
  }
  return frame;
}

/** Whatever bytes, with the length of a frame before them. */
export function framed(text: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([head, Buffer.from(text)]);
}

/** The key of every host that a test plays. */
export const rawHostKey = new MachineKey(newPrivateKey());

/** A door behind which a test plays the host. */
export async function openRawHost(key: Uint8Array = randomBytes(32)) {
  const peers: RawPeer[] = [];
  const waiting: ((peer: RawPeer) => void)[] = [];
  const door = await Door.open({
    address: '127.0.0.1',
    port: 0,
    key: () => key,
    onSocket: (socket) => {
      const peer = new RawPeer(socket);
      peers.push(peer);
      waiting.shift()?.(peer);
    },
    onWrongCode: () => undefined,
  });
  onTestFinished(() => {
    door.close();
    peers.forEach((peer) => peer.end());
  });
  const nextPeer = (): Promise<RawPeer> => new Promise((resolve) => waiting.push(resolve));
  return { port: door.port, key, nextPeer };
}

/** A host's welcome, proven for one connection. */
export function welcomeAt(socket: TLSSocket, key = rawHostKey) {
  return { ...GREETING, proof: key.prove(socket, 'welcome') };
}

/** A member that a test plays: connected, and has said nothing yet. */
export async function knockRaw(port: number, key: Uint8Array): Promise<RawPeer> {
  const peer = new RawPeer(await knock('127.0.0.1', port, key));
  onTestFinished(() => peer.end());
  return peer;
}
