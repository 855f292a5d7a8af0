/** Writes replies in the Redis protocol, version 2 or 3, into one piece of bytes for the socket. */

export type ProtocolVersion = 2 | 3;

/** A reply that has not been written yet: it writes itself in the version that the connection speaks. */
export type Reply = (writer: ReplyWriter) => void;

const FIRST_BYTES = 16 * 1024;
/** A buffer that one large reply has made larger than this is not kept. */
const KEPT_BYTES_MAX = 1024 * 1024;
/** The most that a number, a sign and the end of a line take. */
const NUMBER_LINE_BYTES = 32;
const LINE_END_BYTES = 2;

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const ZERO = 0x30;
const DOLLAR = '$';

/** One writer serves many connections: each takes what it has written before another one writes. */
export class ReplyWriter {
  version: ProtocolVersion = 2;
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written since the last `take`. */
  take(): Buffer {
    const bytes = Buffer.from(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES_MAX) {
      this.#buffer = Buffer.allocUnsafe(FIRST_BYTES);
    }
    return bytes;
  }

  simple(text: string): void {
    this.#line('+', text);
  }

  /** @param text a code in capitals and a sentence; what would end the line becomes a space */
  error(text: string): void {
    this.#line('-', text.replaceAll(/[\r\n]+/g, ' '));
  }

  integer(value: number): void {
    this.#line(':', String(value));
  }

  /** Bytes that the client takes as they are; null where there are none. */
  bulk(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.null();
      return;
    }
    this.#reserve(NUMBER_LINE_BYTES + bytes.length + LINE_END_BYTES);
    this.#count(DOLLAR, bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#endLine();
  }

  /** Text as a bulk string. */
  text(text: string): void {
    this.bulk(Buffer.from(text, 'utf8'));
  }

  /** Text that version 3 lets a client show to people as it is. */
  verbatim(text: string): void {
    if (this.version === 2) {
      this.text(text);
      return;
    }
    const bytes = Buffer.from(`txt:${text}`, 'utf8');
    this.#reserve(NUMBER_LINE_BYTES + bytes.length + LINE_END_BYTES);
    this.#count('=', bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#endLine();
  }

  null(): void {
    if (this.version === 2) {
      this.#line('$', '-1');
    } else {
      this.#line('_', '');
    }
  }

  /** That many replies follow and are its elements. */
  array(count: number): void {
    this.#line('*', String(count));
  }

  set(count: number): void {
    this.#line(this.version === 2 ? '*' : '~', String(count));
  }

  /** That many keys follow, each with its value. Version 2 has no maps: an array of twice the length. */
  map(count: number): void {
    if (this.version === 2) {
      this.array(2 * count);
    } else {
      this.#line('%', String(count));
    }
  }

  #line(sign: string, text: string): void {
    this.#reserve(1 + 3 * text.length + LINE_END_BYTES);
    this.#length += this.#buffer.write(sign, this.#length, 'latin1');
    this.#length += this.#buffer.write(text, this.#length, 'utf8');
    this.#endLine();
  }

  #count(sign: string, count: number): void {
    this.#length += this.#buffer.write(sign, this.#length, 'latin1');
    if (count < 10) {
      this.#buffer[this.#length] = ZERO + count;
      this.#length += 1;
    } else {
      this.#length += this.#buffer.write(String(count), this.#length, 'latin1');
    }
    this.#endLine();
  }

  #endLine(): void {
    this.#buffer[this.#length] = CARRIAGE_RETURN;
    this.#buffer[this.#length + 1] = LINE_FEED;
    this.#length += LINE_END_BYTES;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
  }
}
