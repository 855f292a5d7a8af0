/** Whole datagrams: writes a body behind a header, and reads bytes from anyone, or says why they are refused. */
import { decodeCbor, decodeCborAsViews, encodeCbor } from '../cbor/strict.ts';
import type { CborValue } from '../cbor/strict.ts';
import type { Message } from '../raft/types.ts';
import {
  FRAGMENT_OVERHEAD_BYTES, fragmentFromArray, fragmentToArray, MESSAGE_BYTES_MAX, receivedFromArray, receivedToArray,
} from './fragments.ts';
import type { Fragment, FragmentsReceived } from './fragments.ts';
import { DATAGRAM_BYTES_MAX, HEADER_BYTES, isSealed, readHeader, writeHeader } from './header.ts';
import type { DatagramHeader, DecodeFailure } from './header.ts';
import { messageFromArray, messageToArray } from './messages.ts';
import type { Opener } from './sealFormat.ts';
import { snapshotMessageFromArray, snapshotMessageToArray } from './snapshotChunks.ts';
import type { SnapshotMessage } from './snapshotChunks.ts';

/** The first element of a body: what the rest is. Never reuse one. */
const BODY_KIND_NUMBERS = { message: 1, fragment: 2, received: 3, snapshot: 4 } as const;

const NO_BYTES = new Uint8Array();
const ARRAY_OF_7 = 0x87;
/** CBOR's major type 2 with a length of two bytes. */
const BYTE_STRING_16 = 0x59;

/** A message that is too long to be sent, even in fragments. */
export class MessageTooLongError extends Error {
  readonly bytes: number;
  readonly bytesMax = MESSAGE_BYTES_MAX;

  constructor(message: Message, bytes: number) {
    super(`a ${message.type} of ${bytes} bytes is longer than the longest message, ${MESSAGE_BYTES_MAX} bytes`);
    this.name = 'MessageTooLongError';
    this.bytes = bytes;
  }
}

/** What a sender writes into the header besides sender and receiver. */
export interface SenderStamp {
  readonly labDigest: Uint8Array;
  readonly boot: number;
  readonly counter: number;
}

/**
 * A message's body. It goes into one datagram, or into fragments.
 * @throws MessageTooLongError; RangeError when a field is out of its range (a bug of the caller)
 */
export function encodeMessageBody(message: Message): Uint8Array {
  const body = encodeCbor([BODY_KIND_NUMBERS.message, ...messageToArray(message)]);
  if (body.length > MESSAGE_BYTES_MAX) throw new MessageTooLongError(message, body.length);
  return body;
}

/** A body in consecutive parts, so that a long one is copied only once: into its datagram. */
export type Body = readonly Uint8Array[];

/** The body of a datagram that carries a part of a message. */
export function encodeFragmentBody(fragment: Fragment): Body {
  const head = encodeCbor([BODY_KIND_NUMBERS.fragment, ...fragmentToArray({ ...fragment, data: NO_BYTES })]);
  // The array's last item is the empty byte string, one byte long. The data, with its own length, replaces it.
  return [head.subarray(0, -1), byteStringHead(fragment.data.length), fragment.data];
}

/** The body of a datagram that says which fragments have arrived. */
export function encodeReceivedBody(received: FragmentsReceived): Body {
  return [encodeCbor([BODY_KIND_NUMBERS.received, ...receivedToArray(received)])];
}

/** The body that carries a part of a snapshot, or the answer to one. It goes into one datagram, or into fragments. */
export function encodeSnapshotBody(message: SnapshotMessage): Uint8Array {
  return encodeCbor([BODY_KIND_NUMBERS.snapshot, ...snapshotMessageToArray(message)]);
}

/** The longest body that fits into a datagram. */
export function bodyBytesMax(datagramBytesMax: number): number {
  return datagramBytesMax - HEADER_BYTES;
}

/** The most bytes of a message that one fragment in a datagram carries. */
export function fragmentDataBytesMax(datagramBytesMax: number): number {
  return datagramBytesMax - HEADER_BYTES - FRAGMENT_OVERHEAD_BYTES;
}

/**
 * A body as one datagram.
 * @throws RangeError when it does not fit, or a number is out of its range: a bug of the caller
 */
export function encodeDatagram(
  body: Body, labDigest: Uint8Array, header: DatagramHeader, datagramBytesMax = DATAGRAM_BYTES_MAX,
): Uint8Array {
  const bytes = body.reduce((sum, part) => sum + part.length, HEADER_BYTES);
  if (bytes > datagramBytesMax) {
    throw new RangeError(`${bytes} bytes do not fit into a datagram of ${datagramBytesMax} bytes`);
  }
  const datagram = new Uint8Array(bytes);
  writeHeader(datagram, labDigest, header);
  let at = HEADER_BYTES;
  for (const part of body) {
    datagram.set(part, at);
    at += part.length;
  }
  return datagram;
}

/**
 * A message as one datagram.
 * @throws RangeError when it does not fit, or a field is out of its range: a bug of the caller
 */
export function encodeMessage(message: Message, { labDigest, boot, counter }: SenderStamp): Uint8Array {
  const header = { sender: message.from, receiver: message.to, boot, counter };
  return encodeDatagram([encodeMessageBody(message)], labDigest, header);
}

/** What a datagram carries. */
export type DatagramContent =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'fragment'; readonly fragment: Fragment }
  | { readonly kind: 'received'; readonly received: FragmentsReceived }
  | { readonly kind: 'snapshot'; readonly snapshotMessage: SnapshotMessage };

/** What a receiver expects of a datagram. */
export interface Expected {
  readonly labDigest: Uint8Array;
  /** What opens sealed datagrams, in a lab that seals them. Datagrams without a seal are then refused. */
  readonly opener?: Opener | undefined;
}

export type DecodeResult =
  | { readonly ok: true; readonly header: DatagramHeader } & DatagramContent
  /** `header` is set when only the body was refused. With a missing or bad seal, the header is not trusted either. */
  | { readonly ok: false; readonly reason: DecodeFailure; readonly header: DatagramHeader | undefined };

/**
 * Reads a datagram from anyone. Checks in order: length, magic and version, lab, header numbers, seal, CBOR, schema.
 * The caller checks that the sender is known, that the receiver is this node, and that the datagram did not come
 * before. Never throws. A message keeps no reference to `bytes`, a fragment's data may be a view of them.
 */
export function decodeDatagram(bytes: Uint8Array, { labDigest, opener }: Expected): DecodeResult {
  const header = readHeader(bytes, labDigest);
  if (typeof header === 'string') return { ok: false, reason: header, header: undefined };
  if (opener !== undefined && !isSealed(bytes)) return { ok: false, reason: 'not-sealed', header: undefined };
  // In a lab without seals nobody can open one.
  const body = isSealed(bytes) ? opener?.open(bytes, header) : bytes.subarray(HEADER_BYTES);
  if (body === undefined) return { ok: false, reason: 'bad-seal', header: undefined };
  const content = readBody(header, body);
  if (content === undefined) return { ok: false, reason: 'malformed', header };
  return { ok: true, header, ...content };
}

/**
 * What is in a body that was put together from fragments.
 * @returns undefined when it is nothing that goes into fragments; never throws
 */
export function decodeWholeBody(
  header: Pick<DatagramHeader, 'sender' | 'receiver'>, body: Uint8Array,
): DatagramContent & { readonly kind: 'message' | 'snapshot' } | undefined {
  const content = readBody(header, body);
  return content?.kind === 'message' || content?.kind === 'snapshot' ? content : undefined;
}

function readBody(
  { sender, receiver }: Pick<DatagramHeader, 'sender' | 'receiver'>, bytes: Uint8Array,
): DatagramContent | undefined {
  // A guess at the kind, so that long data is not copied twice; a wrong guess does no harm.
  const looksLikeFragment = bytes[0] === ARRAY_OF_7 && bytes[1] === BODY_KIND_NUMBERS.fragment;
  const body = looksLikeFragment ? decodeCborAsViews(bytes) : decodeCbor(bytes);
  if (!Array.isArray(body)) return undefined;
  const [kind, ...rest] = body as readonly CborValue[];
  switch (kind) {
    case BODY_KIND_NUMBERS.message: {
      const message = messageFromArray(sender, receiver, rest);
      return message && { kind: 'message', message };
    }
    case BODY_KIND_NUMBERS.fragment: {
      const fragment = fragmentFromArray(rest);
      return fragment && { kind: 'fragment', fragment };
    }
    case BODY_KIND_NUMBERS.received: {
      const received = receivedFromArray(rest);
      return received && { kind: 'received', received };
    }
    case BODY_KIND_NUMBERS.snapshot: {
      const snapshotMessage = snapshotMessageFromArray(sender, receiver, rest);
      return snapshotMessage && { kind: 'snapshot', snapshotMessage };
    }
    default:
      return undefined;
  }
}

function byteStringHead(bytes: number): Uint8Array {
  return Uint8Array.of(BYTE_STRING_16, bytes >>> 8, bytes & 0xff);
}
