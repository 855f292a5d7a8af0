/** The checksums in raft.db: SQLite notices a malformed page, but not a value that has changed. */
import { crc32 } from 'node:zlib';

/**
 * The CRC-32 of some bytes. It starts from a 32-bit number that says where they belong.
 *
 * No bytes leave that number as it is. zlib would say 0 instead where they lie at a null pointer, as those of an empty
 * value that SQLite has read do in some Nodes.
 */
export function checksumOf(bytes: Uint8Array, begin: number): number {
  const start = begin % 2 ** 32;
  return bytes.length === 0 ? start : crc32(bytes, start);
}
