/** The fixed header at the front of every datagram: its sender, receiver, lab and number. See docs/wire.md. */
import type { NodeId } from '../raft/types.ts';

export const WIRE_VERSION = 2;
export const HEADER_BYTES = 40;
export const LAB_DIGEST_BYTES = 16;
/**
 * The longest datagram that is accepted, and the longest that is sent on loopback: below loopback's limit (65 507),
 * with room for sealing.
 */
export const DATAGRAM_BYTES_MAX = 60_000;
/** The longest that is sent on a LAN: below Ethernet's limit (1472), even where tunnels take some of that. */
export const LAN_DATAGRAM_BYTES_MAX = 1200;
/** The shortest: a header and one byte of CBOR. */
const DATAGRAM_BYTES_MIN = HEADER_BYTES + 1;
/** The largest counter: 48 bits. At a million datagrams a second it lasts for nine years within one boot. */
const COUNTER_MAX = 2 ** 48 - 1;

/** The body is sealed (seal.ts). */
const FLAG_SEALED = 1;
const MAGIC = 0x52_4c_41_42; // 'RLAB'
const U32_MAX = 0xffff_ffff;

/** Where each field begins. Numbers are unsigned and big-endian. */
const OFFSET = {
  magic: 0, version: 4, flags: 5, labDigest: 6, sender: 22, receiver: 26, boot: 30, counter: 34,
} as const;

/** What distinguishes one datagram from every other in a lab. */
export interface DatagramHeader {
  readonly sender: NodeId;
  readonly receiver: NodeId;
  /** How often the sender's file had been opened when it sent this: counters start again with each boot. */
  readonly boot: number;
  /** 1, 2, 3 … within the sender's boot, over all receivers; messages in fragments take some of these numbers. */
  readonly counter: number;
}

/** Why a datagram is refused. A part of the trace's DropReason. */
export type DecodeFailure =
  | 'too-long' | 'too-short' | 'bad-magic' | 'other-version' | 'other-lab' | 'not-sealed' | 'bad-seal' | 'malformed';

/**
 * A message's name in the trace, unique in the lab: `sender.boot.counter` of its datagram. A message in fragments has
 * its own number in place of the counter.
 */
export function messageIdOf({ sender, boot, counter }: Omit<DatagramHeader, 'receiver'>): string {
  return `${sender}.${boot}.${counter}`;
}

/**
 * Writes the header into the first HEADER_BYTES of `target`.
 * @throws RangeError when a field does not fit: a bug of the caller
 */
export function writeHeader(target: Uint8Array, labDigest: Uint8Array, header: DatagramHeader): void {
  assertWithin('sender', header.sender, 1, U32_MAX);
  assertWithin('receiver', header.receiver, 1, U32_MAX);
  assertWithin('boot', header.boot, 0, U32_MAX);
  assertWithin('counter', header.counter, 1, COUNTER_MAX);
  assertWithin('lab digest length', labDigest.length, LAB_DIGEST_BYTES, LAB_DIGEST_BYTES);
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  view.setUint32(OFFSET.magic, MAGIC);
  view.setUint8(OFFSET.version, WIRE_VERSION);
  view.setUint8(OFFSET.flags, 0);
  target.set(labDigest, OFFSET.labDigest);
  view.setUint32(OFFSET.sender, header.sender);
  view.setUint32(OFFSET.receiver, header.receiver);
  view.setUint32(OFFSET.boot, header.boot);
  view.setUint16(OFFSET.counter, Math.floor(header.counter / 2 ** 32));
  view.setUint32(OFFSET.counter + 2, header.counter % 2 ** 32);
}

/** Reads and checks the header, cheapest check first: length, magic, version and flags, lab, numbers. */
export function readHeader(bytes: Uint8Array, labDigest: Uint8Array): DatagramHeader | DecodeFailure {
  if (bytes.length > DATAGRAM_BYTES_MAX) return 'too-long';
  if (bytes.length < DATAGRAM_BYTES_MIN) return 'too-short';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(OFFSET.magic) !== MAGIC) return 'bad-magic';
  // A flag that this version does not know changes how the rest is read, so it counts as another version.
  const flags = view.getUint8(OFFSET.flags);
  if (view.getUint8(OFFSET.version) !== WIRE_VERSION || (flags & ~FLAG_SEALED) !== 0) return 'other-version';
  for (let at = 0; at < LAB_DIGEST_BYTES; at += 1) {
    if (bytes[OFFSET.labDigest + at] !== labDigest[at]) return 'other-lab';
  }
  const sender = view.getUint32(OFFSET.sender);
  const receiver = view.getUint32(OFFSET.receiver);
  const boot = view.getUint32(OFFSET.boot);
  const counter = view.getUint16(OFFSET.counter) * 2 ** 32 + view.getUint32(OFFSET.counter + 2);
  if (sender === 0 || receiver === 0 || counter === 0) return 'malformed';
  return { sender, receiver, boot, counter };
}

/** Whether a datagram whose header could be read says that its body is sealed. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes[OFFSET.flags] === FLAG_SEALED;
}

/** Writes into a header that the body is sealed. */
export function markSealed(target: Uint8Array): void {
  target[OFFSET.flags] = FLAG_SEALED;
}

function assertWithin(what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`a datagram's ${what} is ${value}, not an integer within ${min}..${max}`);
  }
}
