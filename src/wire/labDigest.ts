/** How a datagram names its lab. */
import { createHash } from 'node:crypto';
import { LAB_DIGEST_BYTES } from './header.ts';

/** How a lab is identified on the wire: by the first 16 bytes of the SHA-256 of its id. Compute it once. */
export function labDigestOf(labId: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(labId, 'utf8').digest().subarray(0, LAB_DIGEST_BYTES));
}
