/** A message that is too long for one datagram: how it is cut, and the two bodies that carry it. See docs/wire.md. */
import { isWholeNumber } from '../cbor/strict.ts';
import type { CborValue } from '../cbor/strict.ts';

/**
 * The longest message: two of the largest values (a compare-and-set carries what it expects and what it writes), or a
 * chunk of a snapshot, with room for the rest of the message.
 */
export const MESSAGE_BYTES_MAX = 2 * 1024 * 1024 + 64 * 1024;
/** The most fragments of one message, so that the list of those that have arrived fits into the smallest datagram. */
export const FRAGMENTS_MAX = 4096;
/** Both sides give up a message that has not arrived as a whole by then, however much of it has. */
export const MESSAGE_LIFETIME_MS_MAX = 600_000;
/** The most bytes that a fragment's body takes besides its data. */
export const FRAGMENT_OVERHEAD_BYTES = 40;

const U32_MAX = 0xffff_ffff;
const BITMAP_BYTES_MAX = FRAGMENTS_MAX / 8;

/** How a message was cut. Every fragment of it says the same. */
export interface Cut {
  /** The length of the message's body. */
  readonly bytes: number;
  readonly count: number;
  /** The body's CRC-32, to check the reassembled body. It does not protect against forgers: a seal does. */
  readonly checksum: number;
}

export interface Fragment extends Cut {
  /** The message's number: one of the sender's datagram counters, which no datagram carries. */
  readonly message: number;
  /** 0 … count - 1. */
  readonly index: number;
  readonly data: Uint8Array;
}

/** Which fragments of a message its receiver has: all below `below`, and those whose bits are set. */
export interface FragmentsReceived {
  /** The boot of the message's sender: numbers start again with each boot. */
  readonly boot: number;
  readonly message: number;
  /** The first fragment that is missing; the count when none is. */
  readonly below: number;
  /** Bit k, counted from the lowest bit of the first byte, stands for fragment `below + k`. */
  readonly bitmap: Uint8Array;
}

/** Computes the CRC-32 of some bytes (zlib's). Handed in, because browsers have none. */
export type Crc32 = (bytes: Uint8Array) => number;

/**
 * Cuts a body into as few fragments as hold it, all equally long except the last.
 * @throws RangeError when the limits do not allow it: a bug of the caller
 */
export function cutOf(body: Uint8Array, dataBytesMax: number, crc32: Crc32): Cut {
  const cut = { bytes: body.length, count: Math.ceil(body.length / dataBytesMax), checksum: crc32(body) };
  if (!isPossible(cut)) {
    throw new RangeError(`a message of ${body.length} bytes cannot be cut into fragments of ${dataBytesMax} bytes`);
  }
  return cut;
}

/** The part of the body that a fragment carries, from `start` up to `end`: it follows from bytes and count alone. */
export function rangeOf({ bytes, count }: Cut, index: number): { readonly start: number; readonly end: number } {
  const fragmentBytes = Math.ceil(bytes / count);
  return { start: index * fragmentBytes, end: Math.min((index + 1) * fragmentBytes, bytes) };
}

/** Whether two fragments belong to the same message. */
export function isSameCut(a: Cut, b: Cut): boolean {
  return a.bytes === b.bytes && a.count === b.count && a.checksum === b.checksum;
}

/** Whether the body is the one that was cut. */
export function isWhole(cut: Cut, body: Uint8Array, crc32: Crc32): boolean {
  return body.length === cut.bytes && crc32(body) === cut.checksum;
}

/** Whether fragment `index` is among those received. */
export function hasArrived({ below, bitmap }: FragmentsReceived, index: number): boolean {
  if (index < below) return true;
  const bit = index - below;
  return ((bitmap[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0;
}

/** `[message, bytes, count, checksum, index, data]` */
export function fragmentToArray(fragment: Fragment): CborValue[] {
  const { message, bytes, count, checksum, index, data } = fragment;
  return [message, bytes, count, checksum, index, data];
}

/** @returns undefined when the array is not a fragment of a possible message */
export function fragmentFromArray(array: readonly CborValue[]): Fragment | undefined {
  if (array.length !== 6) return undefined;
  const [message, bytes, count, checksum, index, data] = array;
  if (!isPositive(message) || !isPositive(bytes) || !isPositive(count) || !isWholeNumber(index)) return undefined;
  if (!isWholeNumber(checksum) || checksum > U32_MAX || !(data instanceof Uint8Array)) return undefined;
  const fragment = { message, bytes, count, checksum, index, data };
  if (!isPossible(fragment) || index >= count) return undefined;
  const { start, end } = rangeOf(fragment, index);
  return data.length === end - start ? fragment : undefined;
}

/** `[boot, message, below, bitmap]` */
export function receivedToArray({ boot, message, below, bitmap }: FragmentsReceived): CborValue[] {
  return [boot, message, below, bitmap];
}

/** @returns undefined when the array does not say which fragments were received */
export function receivedFromArray(array: readonly CborValue[]): FragmentsReceived | undefined {
  if (array.length !== 4) return undefined;
  const [boot, message, below, bitmap] = array;
  if (!isWholeNumber(boot) || !isPositive(message) || !isWholeNumber(below) || below > FRAGMENTS_MAX) return undefined;
  if (!(bitmap instanceof Uint8Array) || bitmap.length > BITMAP_BYTES_MAX) return undefined;
  return { boot, message, below, bitmap };
}

/** Two fragments at least, none of them empty, and within the limits. */
function isPossible({ bytes, count }: Cut): boolean {
  return bytes <= MESSAGE_BYTES_MAX && count >= 2 && count <= FRAGMENTS_MAX
    && (count - 1) * Math.ceil(bytes / count) < bytes;
}

function isPositive(value: CborValue | undefined): value is number {
  return isWholeNumber(value) && value > 0;
}
