/** The checksums in raft.db: SQLite notices a page that is no page of its own, but not a value that is another one. */
import { crc32 } from 'node:zlib';

/** The CRC-32 of some bytes, begun with a number of 32 bits that says where they belong. */
export function checksumOf(bytes: Uint8Array, begin: number): number {
  return crc32(bytes, begin % 2 ** 32);
}
