/** The slots of Redis Cluster: the part of the keys that a key belongs to. Here one node, the leader, has them all. */

export const SLOT_COUNT = 16_384;

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const POLYNOMIAL = 0x1021;

/** The slot of a key: of what stands in its first braces, if anything does, so that keys can share one. */
export function hashSlotOf(key: Uint8Array): number {
  const opened = key.indexOf(OPENING_BRACE);
  const closed = opened < 0 ? -1 : key.indexOf(CLOSING_BRACE, opened + 1);
  return crc16(closed > opened + 1 ? key.subarray(opened + 1, closed) : key) % SLOT_COUNT;
}

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ POLYNOMIAL;
    }
    crc &= 0xffff;
  }
  return crc;
}
