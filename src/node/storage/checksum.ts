/** The checksums in raft.db: SQLite notices a malformed page, but not a value that has changed. */
import { crc32 } from 'node:zlib';

/** The CRC-32 of some bytes. It starts from a 32-bit number that says where they belong. */
export function checksumOf(bytes: Uint8Array, begin: number): number {
  return crc32(bytes, begin % 2 ** 32);
}
