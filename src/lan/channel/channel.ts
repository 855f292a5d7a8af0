/** One connection between two machines of a lab: typed messages both ways, a pulse, and an end that says why. */
import type { TLSSocket } from 'node:tls';
import type { z } from 'zod';
import { clockMs } from '../../node/clock.ts';
import { timeMs } from '../../trace/schemaParts.ts';
import { ClockOffset } from './clockOffset.ts';
import { encodeFrame, FrameError, FrameReader } from './frames.ts';

const PULSE_MS = 1000;
/** A machine that says nothing for so long is gone, whatever TCP still believes: a pulled cable ends no connection. */
const SILENCE_MAX_MS = 5000;
/** What may wait for a machine that reads slowly, before it is let go: the host must not hold a class in memory. */
const QUEUE_BYTES_MAX = 32 * 1024 * 1024;
/** How long messages are taken in one turn of the event loop. */
const TURN_MS_MAX = 8;
/**
 * After a turn that took longer, so many times as long is left to the others: one machine has a quarter of the time of
 * a host at most, whatever it sends.
 */
const REST_FACTOR = 3;
const REST_MS_MAX = 1000;

export type ChannelEnd =
  /** We closed it. */
  | 'closed'
  /** The other side closed it, or the network did. */
  | 'ended'
  | 'silent'
  | 'too-slow'
  /** What we had to say does not fit into a frame. */
  | 'too-long'
  /** What came could not be carried out here: an error of ours. */
  | 'failed'
  /** What came was no message of this protocol. */
  | 'malformed';

export interface ChannelOptions<In> {
  readonly schema: z.ZodType<In>;
  readonly onMessage: (message: In) => void;
  /**
   * Called once.
   * @param error when it `failed`: what `onMessage` has thrown
   */
  readonly onEnd: (end: ChannelEnd, error?: unknown) => void;
  /** This machine's clock, milliseconds since 1970. */
  readonly clockMs?: () => number;
}

export class Channel<In, Out> {
  readonly #socket: TLSSocket;
  readonly #options: ChannelOptions<In>;
  readonly #reader = new FrameReader();
  readonly #pulse: NodeJS.Timeout;
  readonly #clockMs: () => number;
  readonly #clockOffset = new ClockOffset();
  #heardAtMs = performance.now();
  #roundTripMs: number | undefined;
  /** While there is more to read than one turn takes: the socket waits meanwhile. */
  #isBusy = false;
  #nextTurn: NodeJS.Timeout | undefined;
  #hasEnded = false;

  /** @param socket connected; its handshake is over */
  constructor(socket: TLSSocket, options: ChannelOptions<In>) {
    this.#socket = socket;
    this.#options = options;
    this.#clockMs = options.clockMs ?? clockMs;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => undefined); // it is closed, too
    socket.on('close', () => this.#closed());
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

  /** The other side has said who it is, and may send what is long. */
  takeLongMessages(): void {
    this.#reader.takeLongFrames();
  }

  /** Sends a message, if the connection still stands. One that is too long for a frame ends it. */
  send(message: Out): void {
    if (!this.trySend(message)) {
      this.#end('too-long');
    }
  }

  /** Sends a message that may be too long. @returns false when it was, and nothing was sent */
  trySend(message: Out): boolean {
    return this.#write(['message', message]);
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

  #write(content: readonly unknown[]): boolean {
    if (this.#hasEnded) {
      return true;
    }
    const frame = encodeFrame(content);
    if (frame === undefined) {
      return false;
    }
    this.#socket.write(frame);
    if (this.#socket.writableLength > QUEUE_BYTES_MAX) {
      this.#end('too-slow');
    }
    return true;
  }

  #beat(): void {
    if (this.#isSilent) {
      // This timer may be late because the event loop was held up: what has arrived meanwhile is read first.
      setImmediate(() => {
        if (this.#isSilent) {
          this.#end('silent');
        }
      });
    }
    this.#write(['ping', performance.now()]);
  }

  get #isSilent(): boolean {
    return !this.#isBusy && performance.now() - this.#heardAtMs > SILENCE_MAX_MS;
  }

  #take(chunk: Buffer): void {
    this.#heardAtMs = performance.now();
    if (this.#hasEnded) {
      return;
    }
    this.#reader.take(chunk);
    if (!this.#isBusy) {
      this.#read();
    }
  }

  /** Takes messages for a bounded time; the socket waits while there are more, and after what took long. */
  #read(): void {
    const beganAtMs = performance.now();
    let tookMs = 0;
    let isMore = true;
    while (isMore && !this.#hasEnded && tookMs < TURN_MS_MAX) {
      isMore = this.#readOne();
      tookMs = performance.now() - beganAtMs;
    }
    if (this.#hasEnded) {
      return;
    }
    this.#isBusy = tookMs >= TURN_MS_MAX;
    if (this.#isBusy) {
      this.#socket.pause();
      this.#nextTurn = setTimeout(() => {
        this.#heardAtMs = performance.now();
        this.#read();
      }, Math.min(tookMs * REST_FACTOR, REST_MS_MAX));
    } else {
      this.#socket.resume();
    }
  }

  /** What has arrived before is read: the last word may be among it. */
  #closed(): void {
    while (!this.#hasEnded && this.#readOne());
    this.#end('ended');
  }

  /** @returns whether there was a message */
  #readOne(): boolean {
    try {
      const frame = this.#reader.next();
      if (frame !== undefined) {
        this.#takeFrame(frame.message);
      }
      return frame !== undefined;
    } catch (error) {
      if (error instanceof FrameError) {
        this.#end('malformed');
      } else {
        this.#end('failed', error);
      }
      return false;
    }
  }

  #takeFrame(frame: unknown): void {
    const [kind, content, theirClockMs] = (Array.isArray(frame) ? frame : []) as readonly unknown[];
    if (kind === 'ping' && typeof content === 'number') {
      this.#write(['pong', content, this.#clockMs()]);
      return;
    }
    if (kind === 'pong' && typeof content === 'number') {
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
  #measure(sentAtMs: number, theirClockMs: unknown): void {
    const roundTripMs = performance.now() - sentAtMs;
    // An echo of something that we did not send says nothing.
    if (roundTripMs >= 0 && roundTripMs <= SILENCE_MAX_MS) {
      this.#roundTripMs = roundTripMs;
      // A clock that is set to no date costs the offset only: the machine is there all the same.
      const clock = timeMs.safeParse(theirClockMs);
      if (clock.success) {
        this.#clockOffset.take(clock.data, this.#clockMs(), roundTripMs);
      }
    }
  }

  #end(end: ChannelEnd, error?: unknown): void {
    if (this.#hasEnded) {
      return;
    }
    this.#hasEnded = true;
    clearInterval(this.#pulse);
    clearTimeout(this.#nextTurn);
    if (end !== 'closed') {
      this.#socket.destroy();
    }
    this.#options.onEnd(end, error);
  }
}
