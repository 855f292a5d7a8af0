/** Whole datagrams: a message to bytes, and bytes from anyone to a checked message or the reason why not. */
import { decodeCbor, encodeCbor } from '../cbor/strict.ts';
import type { CborValue } from '../cbor/strict.ts';
import type { Message } from '../raft/types.ts';
import { DATAGRAM_BYTES_MAX, HEADER_BYTES, readHeader, writeHeader } from './header.ts';
import type { DatagramHeader, DecodeFailure } from './header.ts';
import { messageFromArray, messageToArray } from './messages.ts';

/** The first element of a body: what the rest is. */
const BODY_KIND_RAFT = 1;

/** A message that is too long for one datagram. The sender sends fewer entries at a time. */
export class DatagramTooLongError extends Error {
  readonly bytes: number;
  readonly bytesMax = DATAGRAM_BYTES_MAX;

  constructor(message: Message, bytes: number) {
    super(`a ${message.type} of ${bytes} bytes does not fit into a datagram of ${DATAGRAM_BYTES_MAX} bytes`);
    this.name = 'DatagramTooLongError';
    this.bytes = bytes;
  }
}

/** What a sender writes into the header besides the message's own `from` and `to`. */
export interface SenderStamp {
  readonly labDigest: Uint8Array;
  readonly boot: number;
  readonly counter: number;
}

/**
 * A message as one datagram.
 * @throws DatagramTooLongError when it does not fit; RangeError when a field is out of its range (a bug of the caller)
 */
export function encodeMessage(message: Message, stamp: SenderStamp): Uint8Array {
  const body = encodeCbor([BODY_KIND_RAFT, ...messageToArray(message)]);
  const bytes = HEADER_BYTES + body.length;
  if (bytes > DATAGRAM_BYTES_MAX) throw new DatagramTooLongError(message, bytes);
  const datagram = new Uint8Array(bytes);
  writeHeader(datagram, stamp.labDigest, {
    sender: message.from, receiver: message.to, boot: stamp.boot, counter: stamp.counter,
  });
  datagram.set(body, HEADER_BYTES);
  return datagram;
}

export type DecodeResult =
  | { readonly ok: true; readonly header: DatagramHeader; readonly message: Message }
  /** `header` is there when it could be read and only the body was refused. */
  | { readonly ok: false; readonly reason: DecodeFailure; readonly header: DatagramHeader | undefined };

/**
 * Reads a datagram from anyone. Checks in order: length, magic and version, lab, header numbers, CBOR, schema. Whether
 * the sender is known and the receiver is this node is for the caller to check. Never throws, keeps no reference to
 * `bytes`.
 */
export function decodeDatagram(bytes: Uint8Array, expected: { readonly labDigest: Uint8Array }): DecodeResult {
  const header = readHeader(bytes, expected.labDigest);
  if (typeof header === 'string') return { ok: false, reason: header, header: undefined };
  const body = decodeCbor(bytes.subarray(HEADER_BYTES));
  const message = body === undefined ? undefined : readBody(header, body);
  if (message === undefined) return { ok: false, reason: 'malformed', header };
  return { ok: true, header, message };
}

function readBody(header: DatagramHeader, body: CborValue): Message | undefined {
  if (!Array.isArray(body)) return undefined;
  const [kind, ...rest] = body as readonly CborValue[];
  return kind === BODY_KIND_RAFT ? messageFromArray(header.sender, header.receiver, rest) : undefined;
}
