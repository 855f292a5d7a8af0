/** Takes the commands of one connection out of its bytes, which come in pieces of any size. */
import { inlineWords } from './inlineWords.ts';
import { ProtocolError } from './protocolError.ts';

/** How much one command may be. */
export interface RequestLimits {
  readonly argumentsMax: number;
  readonly argumentBytesMax: number;
  readonly commandBytesMax: number;
}

export const INLINE_BYTES_MAX = 64 * 1024;
/** The longest line that announces a number: a sign, a number and the end of the line. */
const COUNT_LINE_BYTES_MAX = 32;
/** A long argument gets memory as its bytes come in, not as its sender announces it. */
const FIRST_ARGUMENT_BYTES = 64 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const STAR = 0x2a;
const DOLLAR = 0x24;
const MINUS = 0x2d;
const ZERO = 0x30;
/** How TLS begins: the type of the record in which a client says hello. */
const TLS_HANDSHAKE = 0x16;
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Bytes that came are read where they are; only what a piece of them leaves unfinished is copied, and each byte once
 * or twice, however small the pieces are. What was taken out is valid until the next `push`, or longer: no byte of it
 * is ever overwritten.
 */
export class RequestReader {
  /** The limits of what comes next; they are wider once the client has said the password. */
  limits: RequestLimits;
  #piece = EMPTY;
  #at = 0;
  /** The beginning of a line whose end has not come. */
  #line = EMPTY;
  #lineLength = 0;
  /** The command that is being read: its arguments so far, and how many are missing. */
  #arguments: Buffer[] = [];
  #missing = 0;
  #commandBytes = 0;
  /** The argument that is being read; -1: its length has not come. */
  #argumentLength = -1;
  #argument = EMPTY;
  #argumentFilled = 0;

  constructor(limits: RequestLimits) {
    this.limits = limits;
  }

  /** More bytes have come. Whoever pushes has taken out all commands before, or the bytes are copied. */
  push(piece: Buffer): void {
    this.#piece = this.#at === this.#piece.length ? piece : Buffer.concat([this.#piece.subarray(this.#at), piece]);
    this.#at = 0;
  }

  /**
   * The next command, its name first; undefined until more bytes come.
   * @throws {ProtocolError} when the bytes are not a command, or one beyond a limit
   */
  next(): readonly Buffer[] | undefined {
    while (this.#missing === 0) {
      if (this.#lineLength === 0 && this.#piece[this.#at] === TLS_HANDSHAKE) {
        throw new ProtocolError('this is TLS, which the door does not speak: connect without it');
      }
      const line = this.#nextLine(INLINE_BYTES_MAX);
      if (line === undefined) {
        return undefined;
      }
      if (line[0] !== STAR) {
        const words = this.#inline(line);
        if (words.length > 0) {
          return words;
        }
      } else {
        this.#begin(line);
      }
    }
    return this.#readArguments();
  }

  #inline(line: Buffer): readonly Buffer[] {
    const words = inlineWords(line);
    if (words === undefined) {
      throw new ProtocolError('unbalanced quotes in request');
    }
    if (words.length > this.limits.argumentsMax || line.length > this.limits.commandBytesMax) {
      throw new ProtocolError('too big inline request');
    }
    return words;
  }

  #begin(line: Buffer): void {
    const count = numberIn(line);
    if (count === undefined || count > this.limits.argumentsMax) {
      throw new ProtocolError('invalid multibulk length');
    }
    this.#missing = Math.max(0, count);
    this.#arguments = [];
    this.#commandBytes = 0;
  }

  #readArguments(): readonly Buffer[] | undefined {
    while (this.#missing > 0) {
      if (this.#argumentLength < 0 && !this.#readLength()) {
        return undefined;
      }
      const argument = this.#nextArgument();
      if (argument === undefined) {
        return undefined;
      }
      this.#arguments.push(argument);
      this.#argumentLength = -1;
      this.#missing -= 1;
    }
    return this.#arguments;
  }

  #readLength(): boolean {
    const line = this.#nextLine(COUNT_LINE_BYTES_MAX);
    if (line === undefined) {
      return false;
    }
    if (line[0] !== DOLLAR) {
      throw new ProtocolError(`expected '$', got '${printable(line[0])}'`);
    }
    const length = numberIn(line);
    if (length === undefined || length < 0 || length > this.limits.argumentBytesMax) {
      throw new ProtocolError('invalid bulk length');
    }
    this.#commandBytes += length;
    if (this.#commandBytes > this.limits.commandBytesMax) {
      throw new ProtocolError('too big command');
    }
    this.#argumentLength = length;
    this.#argumentFilled = 0;
    return true;
  }

  /** An argument with the end of its line, which is checked and left out. */
  #nextArgument(): Buffer | undefined {
    const whole = this.#argumentLength + 2;
    if (this.#argumentFilled === 0 && this.#piece.length - this.#at >= whole) {
      const argument = this.#piece.subarray(this.#at, this.#at + whole);
      this.#at += whole;
      return withoutLineEnd(argument);
    }
    const taken = Math.min(whole - this.#argumentFilled, this.#piece.length - this.#at);
    const filled = this.#argumentFilled + taken;
    if (this.#argumentFilled === 0) {
      this.#argument = Buffer.allocUnsafe(Math.min(whole, Math.max(FIRST_ARGUMENT_BYTES, filled)));
    } else if (filled > this.#argument.length) {
      this.#argument = grown(this.#argument, this.#argumentFilled, Math.min(whole, 2 * filled));
    }
    this.#piece.copy(this.#argument, this.#argumentFilled, this.#at, this.#at + taken);
    this.#at += taken;
    this.#argumentFilled = filled;
    if (filled < whole) {
      return undefined;
    }
    const argument = this.#argument;
    this.#argument = EMPTY;
    return withoutLineEnd(argument);
  }

  /** A line without its end; undefined until that has come. */
  #nextLine(bytesMax: number): Buffer | undefined {
    const end = this.#piece.indexOf(LINE_FEED, this.#at);
    const stop = end < 0 ? this.#piece.length : end;
    const length = this.#lineLength + stop - this.#at;
    if (length > bytesMax) {
      const isCount = bytesMax === COUNT_LINE_BYTES_MAX;
      throw new ProtocolError(isCount ? 'too big bulk count string' : 'too big inline request');
    }
    if (end >= 0 && this.#lineLength === 0) {
      const line = this.#piece.subarray(this.#at, end);
      this.#at = end + 1;
      return withoutCarriageReturn(line);
    }
    if (length > this.#line.length) {
      this.#line = grown(this.#line, this.#lineLength, 2 * length);
    }
    this.#piece.copy(this.#line, this.#lineLength, this.#at, stop);
    this.#lineLength = length;
    this.#at = end < 0 ? stop : end + 1;
    if (end < 0) {
      return undefined;
    }
    const line = this.#line.subarray(0, length);
    this.#line = EMPTY;
    this.#lineLength = 0;
    return withoutCarriageReturn(line);
  }
}

function grown(buffer: Buffer, filled: number, length: number): Buffer {
  const larger = Buffer.allocUnsafe(length);
  buffer.copy(larger, 0, 0, filled);
  return larger;
}

function withoutCarriageReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

function withoutLineEnd(argument: Buffer): Buffer {
  if (argument.at(-2) !== CARRIAGE_RETURN || argument.at(-1) !== LINE_FEED) {
    throw new ProtocolError('an argument is longer than was announced');
  }
  return argument.subarray(0, -2);
}

/** The whole number behind the first byte of a line; undefined where there is none. */
function numberIn(line: Buffer): number | undefined {
  const start = line[1] === MINUS ? 2 : 1;
  if (line.length <= start || line.length > COUNT_LINE_BYTES_MAX / 2) {
    return undefined;
  }
  let value = 0;
  for (let at = start; at < line.length; at += 1) {
    const digit = (line[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) {
      return undefined;
    }
    value = 10 * value + digit;
  }
  return start === 2 ? -value : value;
}

function printable(byte: number | undefined): string {
  return byte !== undefined && byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
}
