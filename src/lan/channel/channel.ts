/** One connection between two machines of a lab: typed messages both ways, a pulse, and an end that says why. */
import type { TLSSocket } from 'node:tls';
import type { z } from 'zod';
import { clockMs } from '../../node/clock.ts';
import { ClockOffset } from './clockOffset.ts';
import { encodeFrame, FrameError, FrameReader } from './frames.ts';

const PULSE_MS = 1000;
/** A machine that says nothing for so long is gone, whatever TCP still believes: a pulled cable ends no connection. */
const SILENCE_MAX_MS = 5000;
/** What may wait for a machine that reads slowly, before it is let go: the host must not hold a class in memory. */
const QUEUE_BYTES_MAX = 32 * 1024 * 1024;
/** Messages taken in one turn of the event loop, so that one machine cannot hold up the others. */
const MESSAGES_PER_TURN = 256;

export type ChannelEnd =
  /** We closed it. */
  | 'closed'
  /** The other side closed it, or the network did. */
  | 'ended'
  | 'silent'
  | 'too-slow'
  /** What came was no message of this protocol. */
  | 'malformed';

export interface ChannelOptions<In> {
  readonly schema: z.ZodType<In>;
  readonly onMessage: (message: In) => void;
  /** Called once. */
  readonly onEnd: (end: ChannelEnd) => void;
  /** This machine's clock, milliseconds since 1970. */
  readonly clockMs?: () => number;
}

export class Channel<In, Out> {
  readonly #socket: TLSSocket;
  readonly #options: ChannelOptions<In>;
  readonly #reader = new FrameReader();
  readonly #inbox: unknown[] = [];
  readonly #pulse: NodeJS.Timeout;
  readonly #clockMs: () => number;
  readonly #clockOffset = new ClockOffset();
  #heardAtMs = performance.now();
  #roundTripMs: number | undefined;
  #isReading = false;
  #hasEnded = false;

  /** @param socket connected; its handshake is over */
  constructor(socket: TLSSocket, options: ChannelOptions<In>) {
    this.#socket = socket;
    this.#options = options;
    this.#clockMs = options.clockMs ?? clockMs;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => this.#end('ended'));
    socket.on('close', () => this.#end('ended'));
    this.#pulse = setInterval(() => this.#beat(), PULSE_MS);
    this.#beat();
  }

  /** The last pulse's time there and back; undefined before the first came back. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** The other machine's clock less this one's, in milliseconds; 0 before the first pulse came back. */
  get clockOffsetMs(): number {
    return this.#clockOffset.ms;
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? '';
  }

  get localAddress(): string {
    return this.#socket.localAddress ?? '';
  }

  get isOpen(): boolean {
    return !this.#hasEnded;
  }

  /** Sends a message, if the connection still stands. @throws {FrameError} when it is too long for a frame */
  send(message: Out): void {
    this.#write(['message', message]);
  }

  /** Ends the connection after what was sent before. */
  close(): void {
    if (!this.#hasEnded) {
      this.#socket.end();
      this.#end('closed');
    }
  }

  /** Ends the connection at once; what was sent before may be lost. */
  abort(): void {
    this.#socket.destroy();
    this.#end('closed');
  }

  #write(frame: readonly unknown[]): void {
    if (this.#hasEnded) {
      return;
    }
    this.#socket.write(encodeFrame(frame));
    if (this.#socket.writableLength > QUEUE_BYTES_MAX) {
      this.#end('too-slow');
    }
  }

  #beat(): void {
    if (performance.now() - this.#heardAtMs > SILENCE_MAX_MS) {
      this.#end('silent');
      return;
    }
    this.#write(['ping', performance.now()]);
  }

  #take(chunk: Buffer): void {
    this.#heardAtMs = performance.now();
    try {
      this.#inbox.push(...this.#reader.take(chunk));
    } catch (error) {
      if (!(error instanceof FrameError)) {
        throw error;
      }
      this.#end('malformed');
      return;
    }
    if (!this.#isReading) {
      this.#read();
    }
  }

  /** Takes a bounded number of messages a turn; the socket waits while there are more. */
  #read(): void {
    for (const frame of this.#inbox.splice(0, MESSAGES_PER_TURN)) {
      if (this.#hasEnded) {
        return;
      }
      this.#takeFrame(frame);
    }
    this.#isReading = this.#inbox.length > 0;
    if (this.#isReading) {
      this.#socket.pause();
      setImmediate(() => this.#read());
    } else {
      this.#socket.resume();
    }
  }

  #takeFrame(frame: unknown): void {
    const [kind, content, theirClockMs] = (Array.isArray(frame) ? frame : []) as readonly unknown[];
    if (kind === 'ping' && typeof content === 'number') {
      this.#write(['pong', content, this.#clockMs()]);
      return;
    }
    if (kind === 'pong' && typeof content === 'number' && typeof theirClockMs === 'number') {
      this.#measure(content, theirClockMs);
      return;
    }
    const parsed = kind === 'message' ? this.#options.schema.safeParse(content) : undefined;
    if (parsed?.success !== true) {
      this.#end('malformed');
      return;
    }
    this.#options.onMessage(parsed.data);
  }

  /** A pulse has come back. @param sentAtMs as this machine said in it */
  #measure(sentAtMs: number, theirClockMs: number): void {
    const roundTripMs = performance.now() - sentAtMs;
    // An echo of something that we did not send says nothing.
    if (roundTripMs >= 0 && roundTripMs <= SILENCE_MAX_MS) {
      this.#roundTripMs = roundTripMs;
      this.#clockOffset.take(theirClockMs, this.#clockMs(), roundTripMs);
    }
  }

  #end(end: ChannelEnd): void {
    if (this.#hasEnded) {
      return;
    }
    this.#hasEnded = true;
    clearInterval(this.#pulse);
    this.#inbox.length = 0;
    if (end !== 'closed') {
      this.#socket.destroy();
    }
    this.#options.onEnd(end);
  }
}
