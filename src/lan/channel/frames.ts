/** Frames on a stream: a length of four bytes, then that many bytes of JSON. Bounded, and exact to the byte. */

/** A value of 1 MiB may take six times that as JSON; a batch of events must fit, too. */
const FRAME_BYTES_MAX = 8 * 1024 * 1024;
/** The limit for a peer that has not said hello yet. */
const FIRST_FRAME_BYTES_MAX = 4096;
/** Far deeper than any message. */
export const DEPTH_MAX = 24;
/** Far more than any message has: reading JSON with that many takes a hundred milliseconds and some 20 MiB. */
export const VALUES_MAX = 500_000;
const LENGTH_BYTES = 4;
/** The bytes allocated for a frame before any of it has arrived. */
const CAPACITY_BYTES = 16 * 1024;

/** The received data is not a frame: the connection can no longer be read. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FrameError';
  }
}

/** @returns undefined when the message is longer than a frame may be, or has too many values for the reader */
export function encodeFrame(message: unknown): Buffer | undefined {
  const text = JSON.stringify(message);
  if (text.length > FRAME_BYTES_MAX) {
    return undefined;
  }
  const body = Buffer.from(text, 'utf8');
  if (body.length > FRAME_BYTES_MAX || (body.length > VALUES_MAX && problemOf(body) !== undefined)) {
    return undefined;
  }
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, LENGTH_BYTES);
  return frame;
}

/** Collects a stream's bytes until a frame is complete; allocates at most twice what has arrived of the frame. */
export class FrameReader {
  /** What has arrived and was not read yet. */
  #chunks: Buffer[] = [];
  readonly #head = Buffer.alloc(LENGTH_BYTES);
  #headBytes = 0;
  #body = Buffer.alloc(0);
  #bodyBytes = 0;
  #frameBytesMax = FIRST_FRAME_BYTES_MAX;

  /** Allows frames of the full length from now on: the other side has said who it is. */
  takeLongFrames(): void {
    this.#frameBytesMax = FRAME_BYTES_MAX;
  }

  /** Adds what arrived. It is kept until `next` has read it. */
  take(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  /**
   * The next complete message, parsed as JSON without further checks; undefined when there is none.
   * @throws {FrameError} for a length beyond the limit, for invalid JSON, and for JSON that is nested too deep
   */
  next(): { readonly message: unknown } | undefined {
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
      const taken = this.#headBytes < LENGTH_BYTES ? this.#takeHead(chunk) : this.#takeBody(chunk);
      if (taken < chunk.length) {
        this.#chunks.unshift(chunk.subarray(taken));
      }
      if (this.#headBytes === LENGTH_BYTES && this.#bodyBytes === this.#length) {
        const body = this.#body.subarray(0, this.#bodyBytes);
        this.#headBytes = 0;
        this.#bodyBytes = 0;
        this.#body = Buffer.alloc(0);
        return { message: parse(body) };
      }
    }
    return undefined;
  }

  get #length(): number {
    return this.#head.readUInt32BE(0);
  }

  #takeHead(chunk: Buffer): number {
    const taken = chunk.copy(this.#head, this.#headBytes);
    this.#headBytes += taken;
    if (this.#headBytes === LENGTH_BYTES && (this.#length === 0 || this.#length > this.#frameBytesMax)) {
      throw new FrameError(`a frame of ${this.#length} bytes: a frame has 1 to ${this.#frameBytesMax}`);
    }
    return taken;
  }

  #takeBody(chunk: Buffer): number {
    const wanted = Math.min(chunk.length, this.#length - this.#bodyBytes);
    if (this.#bodyBytes + wanted > this.#body.length) {
      const capacity = Math.max(CAPACITY_BYTES, 2 * this.#body.length, this.#bodyBytes + wanted);
      const body = Buffer.allocUnsafe(Math.min(capacity, this.#length));
      this.#body.copy(body, 0, 0, this.#bodyBytes);
      this.#body = body;
    }
    chunk.copy(this.#body, this.#bodyBytes, 0, wanted);
    this.#bodyBytes += wanted;
    return wanted;
  }
}

function parse(body: Buffer): unknown {
  const problem = problemOf(body);
  if (problem !== undefined) {
    throw new FrameError(`a frame of ${body.length} bytes ${problem}`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new FrameError(`a frame of ${body.length} bytes is no JSON`);
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * Looks only at brackets and commas, which costs a tenth of parsing and no memory. JSON that is nested too deep or has
 * too many values is never parsed.
 */
function problemOf(body: Buffer): string | undefined {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < body.length; at += 1) {
    switch (body[at]) {
      case QUOTE:
        at = endOfString(body, at);
        break;
      case OPENING_BRACKET:
      case OPENING_BRACE:
        depth += 1;
        values += 1;
        break;
      case CLOSING_BRACKET:
      case CLOSING_BRACE:
        depth -= 1;
        break;
      case COMMA:
        values += 1;
        break;
      default: // a digit, a letter, a blank
    }
    if (depth > DEPTH_MAX) {
      return `is nested more than ${DEPTH_MAX} deep`;
    }
    if (values > VALUES_MAX) {
      return `has more than ${VALUES_MAX} values`;
    }
  }
  return undefined;
}

/** The end of the string that begins at `start`; the end of the text when the string does not end. */
function endOfString(body: Buffer, start: number): number {
  let at = start + 1;
  while (at < body.length && body[at] !== QUOTE) {
    at += body[at] === BACKSLASH ? 2 : 1;
  }
  return at;
}
