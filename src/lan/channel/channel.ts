/** One connection between two machines of a lab: typed messages both ways, a pulse, and an end that says why. */
import type { TLSSocket } from 'node:tls';
import type { z } from 'zod';
import { clockMs } from '../../node/clock.ts';
import { timeMs } from '../../trace/schemaParts.ts';
import { ClockOffset } from './clockOffset.ts';
import { encodeFrame, FrameError, FrameReader } from './frames.ts';

const PULSE_MS = 1000;
/**
 * A machine that is silent for this long is gone, even if TCP still waits: a pulled cable does not end a connection.
 */
const SILENCE_MAX_MS = 5000;
/** The most that may be queued for a slow reader before it is disconnected; it bounds the host's memory. */
const QUEUE_BYTES_MAX = 32 * 1024 * 1024;
/** How long messages are read in one turn of the event loop. */
const TURN_MS_MAX = 8;
/**
 * After a turn that took longer, the socket rests for this many times as long: one machine gets at most a quarter of
 * the host's time, whatever it sends.
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
  /** Our message does not fit into a frame. */
  | 'too-long'
  /** A received message could not be handled because of an error here. */
  | 'failed'
  /** The received data was not a message of this protocol. */
  | 'malformed';

export interface ChannelOptions<In> {
  readonly schema: z.ZodType<In>;
  readonly onMessage: (message: In) => void;
  /**
   * Called once.
   * @param error when it `failed`: what `onMessage` threw
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
  /** True while there is more to read than one turn takes; the socket is paused meanwhile. */
  #isBusy = false;
  #nextTurn: NodeJS.Timeout | undefined;
  #hasEnded = false;

  /** @param socket connected, after its handshake */
  constructor(socket: TLSSocket, options: ChannelOptions<In>) {
    this.#socket = socket;
    this.#options = options;
    this.#clockMs = options.clockMs ?? clockMs;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => this.#closed());
    this.#pulse = setInterval(() => this.#beat(), PULSE_MS);
    this.#beat();
  }

  /** The round-trip time of the last pulse; undefined before the first came back. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** The other machine's clock minus this one's, in milliseconds; 0 before the first pulse came back. */
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

  /** The other side has said who it is and may now send long messages. */
  takeLongMessages(): void {
    this.#reader.takeLongFrames();
  }

  /** Sends a message if the connection is still open. A message that is too long for a frame ends the connection. */
  send(message: Out): void {
    if (!this.trySend(message)) {
      this.#end('too-long');
    }
  }

  /** Sends a message that may be too long. @returns false when it was too long and nothing was sent */
  trySend(message: Out): boolean {
    return this.#write(['message', message]);
  }

  /** Ends the connection after everything that was sent before has gone out. */
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
      // This timer may be late because the event loop was blocked: whatever arrived meanwhile is read first.
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

  /** Reads messages for a bounded time; the socket is paused while there are more, and after a long turn. */
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

  /** Reads what arrived before the end: the last message may be in it. */
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

  /** A pulse has come back. @param sentAtMs the time that this machine put into it */
  #measure(sentAtMs: number, theirClockMs: unknown): void {
    const roundTripMs = performance.now() - sentAtMs;
    // An echo of something that we did not send is ignored.
    if (roundTripMs >= 0 && roundTripMs <= SILENCE_MAX_MS) {
      this.#roundTripMs = roundTripMs;
      // A clock without a valid date costs only the offset: the machine is still there.
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
