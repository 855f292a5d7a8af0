/** Frames on a stream: a length of four bytes, then that many bytes of JSON. Bounded, and exact to the byte. */

/** A value of 1 MiB may take six times that as JSON, and a batch of events must fit as well. */
const FRAME_BYTES_MAX = 8 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** What came by is no frame: the connection cannot be read any further. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FrameError';
  }
}

/** @throws {FrameError} when the message is longer than a frame may be */
export function encodeFrame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  if (body.length > FRAME_BYTES_MAX) {
    throw new FrameError(`a message of ${body.length} bytes is longer than a frame may be (${FRAME_BYTES_MAX})`);
  }
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, LENGTH_BYTES);
  return frame;
}

/** Collects what a stream brings until a frame is whole; holds at most one frame and what came with it. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /**
   * Takes what arrived.
   * @returns the messages that are whole now, parsed as JSON and not checked any further
   * @throws {FrameError} for a length beyond the limit, and for what is no JSON
   */
  take(chunk: Buffer): readonly unknown[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const messages: unknown[] = [];
    for (let length = this.#nextLength(); length !== undefined; length = this.#nextLength()) {
      if (this.#bytes < LENGTH_BYTES + length) {
        break;
      }
      const all = this.#joined();
      const end = LENGTH_BYTES + length;
      messages.push(parse(all.subarray(LENGTH_BYTES, end)));
      this.#chunks = end === all.length ? [] : [all.subarray(end)];
      this.#bytes -= end;
    }
    return messages;
  }

  #nextLength(): number | undefined {
    if (this.#bytes < LENGTH_BYTES) {
      return undefined;
    }
    const [first] = this.#chunks;
    const head = first !== undefined && first.length >= LENGTH_BYTES ? first : this.#joined();
    const length = head.readUInt32BE(0);
    if (length === 0 || length > FRAME_BYTES_MAX) {
      throw new FrameError(`a frame of ${length} bytes: a frame has 1 to ${FRAME_BYTES_MAX}`);
    }
    return length;
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    const all = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new FrameError(`a frame of ${body.length} bytes is no JSON`);
  }
}
